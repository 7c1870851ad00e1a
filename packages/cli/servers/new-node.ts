import { ROLES, type Role } from '@ward/ledger/schema';
import { word } from '@ward/protocol';
import type { Application } from '@ward/sdk';
import { homeKind } from '@ward/sdk/node';
import { refuse } from '../errors.ts';
import { many, oneOf, optional, origin, text } from '../frame/parameters.ts';

export const ORIGIN_DEFAULT = 'http://127.0.0.1:8080';
export const PEER_DEFAULT = '127.0.0.1:26656';
const ROLE_DEFAULT = 'provider' as const;

/** Options of a command that makes an organisation with a node among others. */
export const NEW_NODE_OPTIONS = {
  name: optional(text('TEXT', 'what the organisation is called')),
  role: many(oneOf(ROLES, 'ROLE', 'what it is')),
  origin: optional(origin('how others reach the node'), ORIGIN_DEFAULT),
  peer: optional(text('HOST:PORT', 'where nodes of others connect'), PEER_DEFAULT),
};

/** What {@link NEW_NODE_OPTIONS} were given. */
export interface NewNodeOptions {
  readonly name: string | undefined;
  readonly role: readonly Role[];
  readonly origin: string | undefined;
  readonly peer: string | undefined;
}

/** What the ledger is to say of the organisation, and where other nodes connect. */
export interface NewNodeTerms extends Pick<Application, 'roles' | 'endpoints'> {
  readonly origin: string;
  readonly address: string;
}

export function newNodeTerms(options: NewNodeOptions): NewNodeTerms {
  const { role, origin: node = ORIGIN_DEFAULT, peer: address = PEER_DEFAULT } = options;
  const roles = role.length > 0 ? [...new Set(role)] : [ROLE_DEFAULT];
  const endpoints = { node, vault: null, custodian: null, inbox: null };
  return { roles, endpoints, origin: node, address };
}

/** @throws WardError `OWNER_HOME_TAKEN` where somebody's keys are. */
export function checkHomeIsFree(home: string): void {
  if (homeKind(home) === undefined) return;
  throw refuse('OWNER_HOME_TAKEN', { kind: word('organisation') });
}
