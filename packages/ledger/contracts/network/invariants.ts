import { equalBytes } from '@ward/protocol';
import type { Invariant } from '../../contract/define-contract.ts';
import {
  type Directory,
  hasWholeRoles,
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

const keepsRoles: NetworkInvariant = ({ collection, before, after }) => {
  if (collection !== 'organisations') return true;
  const [was, is] = [before as Organisation | null, after as Organisation];
  return hasWholeRoles(is.roles) && (was === null || was.roles.join() === is.roles.join());
};

const hasRegistrar: NetworkInvariant = ({ collection }, state) => {
  if (collection !== 'organisations') return true;
  const listed = state.directory.get()?.organisations ?? [];
  return listed.some((id) => {
    const organisation = state.organisations.get(id);
    return organisation?.status === 'active' && organisation.roles.includes('registrar');
  });
};

const risesInVersion: NetworkInvariant = ({ collection, before, after }) => {
  if (collection !== 'parameters') return true;
  const was = (before as Parameters | null)?.decideVersion ?? 0;
  return (after as Parameters).decideVersion > was;
};

export const networkInvariants = {
  'Every organisation stands in the directory.': isListed,
  'Nobody leaves the directory, and who stands in it is an organisation.': keepsMembers,
  'An organisation has roles, each once, and keeps them.': keepsRoles,
  'A registrar is active.': hasRegistrar,
  'The version of the rules of deciding only rises.': risesInVersion,
};
