import { custodianField } from '@ward/ledger/schema';
import { defineFormat } from '@ward/protocol';
import type { Application } from '@ward/sdk';
import { loadJsonFile } from '../frame/files.ts';
import { optional, origin, path } from '../frame/parameters.ts';

/** Public keys of a custodian, as `ward custodian keys` prints them. */
const CustodianKeys = defineFormat('custodian-keys', 1, { keys: custodianField });

/** What an organisation says of its servers. */
export const PROFILE_OPTIONS = {
  node: optional(origin('where its node is')),
  vault: optional(origin('where its vault is')),
  custodian: optional(origin('where its custodian is')),
  inbox: optional(origin('where its inbox is; the vault where left out')),
  custodianKeys: optional(path('FILE', "the custodian's public keys")),
};

export interface ProfileValues {
  readonly node: string | undefined;
  readonly vault: string | undefined;
  readonly custodian: string | undefined;
  readonly inbox: string | undefined;
  readonly custodianKeys: string | undefined;
}

/** Endpoints as they were given; a vault keeps the inbox of its organisation. */
export function endpointsOf({ node, vault, custodian, inbox }: ProfileValues) {
  return {
    node: node ?? null,
    vault: vault ?? null,
    custodian: custodian ?? null,
    inbox: inbox ?? vault ?? null,
  };
}

/** @throws WardError `FILE_INVALID`, `FILE_*`. */
export function custodianKeysOf({ custodianKeys }: ProfileValues): Application['custodian'] {
  return custodianKeys === undefined ? null : loadJsonFile(custodianKeys, CustodianKeys).keys;
}
