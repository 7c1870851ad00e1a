import { equalBytes } from '@ward/protocol';
import type { Invariant } from '../../contract/define-contract.ts';
import { governanceInvariants } from './governance-invariants.ts';
import { hasRight, hasWholeRoles } from './roles.ts';
import {
  type Directory,
  type networkState,
  type Organisation,
  organisationKey,
  type Parameters,
} from './state.ts';

type NetworkInvariant = Invariant<typeof networkState>;

const isListed: NetworkInvariant = ({ collection, key }, state) => {
  if (collection !== 'organisations') return true;
  const listed = state.directory.get()?.organisations ?? [];
  return listed.some((id) => equalBytes(organisationKey(id), key));
};

const keepsMembers: NetworkInvariant = ({ collection, before, after }, state) => {
  if (collection !== 'directory') return true;
  const was = (before as Directory | null)?.organisations ?? [];
  const is = (after as Directory).organisations;
  return (
    was.every((id) => is.some((other) => equalBytes(id, other))) &&
    is.every((id) => state.organisations.has(id))
  );
};

const keepsRoles: NetworkInvariant = ({ collection, before, after }, state) => {
  if (collection !== 'organisations') return true;
  const [was, is] = [before as Organisation | null, after as Organisation];
  const mayChange = was === null || state.rules.has();
  return hasWholeRoles(is.roles) && (mayChange || was.roles.join() === is.roles.join());
};

/** Somebody can decide: a registrar where one governs, else a member with a vote. */
const hasGovernor: NetworkInvariant = ({ collection }, state) => {
  if (collection !== 'organisations') return true;
  const right = state.rules.has() ? 'vote' : 'register';
  const listed = state.directory.get()?.organisations ?? [];
  return listed.some((id) => hasRight(state.organisations.get(id), right));
};

const risesInVersion: NetworkInvariant = ({ collection, before, after }) => {
  if (collection !== 'parameters') return true;
  const was = (before as Parameters | null)?.decideVersion ?? 0;
  return (after as Parameters).decideVersion > was;
};

const promotesOnce: NetworkInvariant = ({ collection, before }) =>
  collection !== 'promotion' || before === null;

export const networkInvariants = {
  'Every organisation stands in the directory.': isListed,
  'Nobody leaves the directory, and who stands in it is an organisation.': keepsMembers,
  'An organisation has roles, each once, and keeps them where a registrar governs.': keepsRoles,
  'A registrar is active or, where the members govern, somebody with a vote.': hasGovernor,
  'The version of the rules of deciding only rises.': risesInVersion,
  'A ledger is promoted once, and never another way.': promotesOnce,
  ...governanceInvariants,
};
