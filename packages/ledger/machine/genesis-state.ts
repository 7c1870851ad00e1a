import { type Crypto, compareBytes, type Word, word } from '@ward/protocol';
import { Account, accountKey, hasKeyForm, isKeyActive } from '../contracts/identity/state.ts';
import { brokenGovernance, governanceRecords } from '../contracts/network/genesis.ts';
import { hasRight, hasWholeRoles, type Right } from '../contracts/network/roles.ts';
import {
  Directory,
  directoryKey,
  Organisation,
  organisationKey,
  Parameters,
  parametersKey,
} from '../contracts/network/state.ts';
import { refuse } from '../schema/errors.ts';
import type { Genesis } from '../schema/genesis.ts';
import type { WorkingState } from './working-state.ts';

/** A member as a genesis lists it. */
export type Member = Genesis['members'][number];

/**
 * A ledger must be able to begin: somebody can admit members, and each member is whole.
 *
 * @throws WardError `GENESIS_INVALID` with the reason and, if it is one member's, its index.
 */
export function checkGenesis(genesis: Genesis): void {
  const { chain, network, predecessor, members, governance, time } = genesis;
  const refuseIt = (reason: Word, member = -1) => refuse('GENESIS_INVALID', { reason, member });
  if (chain === '') throw refuseIt(word('chain'));
  if ((network === null) !== (predecessor === null)) throw refuseIt(word('predecessor'));
  for (const [index, member] of members.entries()) {
    const reason = brokenRule(member, genesis);
    if (reason !== undefined) throw refuseIt(reason, index);
  }
  if (predecessor !== null) {
    // The rest shows when the state is there that it begins with.
    if (predecessor.chain === chain) throw refuseIt(word('chain'));
    if (governance === null) throw refuseIt(word('governance'));
    return;
  }
  const right = governance === null ? 'register' : 'vote';
  const canBegin = members.some((member) => canGovern(member, right, time));
  if (!canBegin) throw refuseIt(governance === null ? word('registrar') : word('voter'));
  const reason = governance === null ? undefined : brokenGovernance(governance, genesis);
  if (reason !== undefined) throw refuseIt(reason);
}

function brokenRule(
  { id, account, organisation }: Member,
  { members, time, predecessor }: Genesis,
): Word | undefined {
  if (compareBytes(account.organisation, id) !== 0) return word('account');
  const publicKeys = account.keys.map((key) => key.publicKey);
  for (const [i, key] of account.keys.entries()) {
    if (!hasKeyForm(key) || key.from > time) return word('key');
    if (publicKeys.findIndex((other) => compareBytes(other, key.publicKey) === 0) !== i) {
      return word('key');
    }
  }
  const { roles, successor } = organisation;
  if (!hasWholeRoles(roles)) return word('roles');
  const isMember = (other: Uint8Array) => members.some((m) => compareBytes(m.id, other) === 0);
  // It may stand in the state that is continued.
  const isKnown = successor === null || predecessor !== null || isMember(successor);
  if (!isKnown) return word('successor');
  return undefined;
}

/** Whether an officer of the member can decide with a right of it. */
export function canGovern({ account, organisation }: Member, right: Right, time: number): boolean {
  if (!hasRight(organisation, right)) return false;
  return account.keys.some((key) => key.kind === 'officer' && isKeyActive(key, time));
}

/**
 * Writes what a genesis says into an empty state. Of one that continues another ledger it is the
 * parameters alone, since a state has some record; all of it is replaced by the first state.
 */
export function writeGenesis(
  { members, parameters, governance, predecessor }: Genesis,
  state: WorkingState,
  crypto: Crypto,
): void {
  if (predecessor !== null) {
    state.put(parametersKey, Parameters.encode(parameters));
    return;
  }
  for (const { id, account, organisation } of members) {
    state.put(accountKey(id), Account.encode(account));
    state.put(organisationKey(id), Organisation.encode(organisation));
  }
  state.put(parametersKey, Parameters.encode(parameters));
  state.put(directoryKey, Directory.encode({ organisations: members.map(({ id }) => id) }));
  if (governance === null) return;
  for (const [key, value] of governanceRecords(governance, members, crypto)) state.put(key, value);
}
