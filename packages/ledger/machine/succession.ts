import {
  type Crypto,
  compareBytes,
  DIGEST_BYTES,
  equalBytes,
  type Seconds,
  type Word,
  word,
} from '@ward/protocol';
import { Account, accountKey } from '../contracts/identity/state.ts';
import { brokenGovernance, governanceRecords } from '../contracts/network/genesis.ts';
import {
  Directory,
  directoryKey,
  Organisation,
  organisationKey,
  Parameters,
  Promotion,
  parametersKey,
  promotionKey,
  rulesKey,
} from '../contracts/network/state.ts';
import { refuse } from '../schema/errors.ts';
import type { Genesis } from '../schema/genesis.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import { type PromotionPlan, planDigest, planOf } from '../schema/promotion.ts';
import { canGovern, checkGenesis, type Member } from './genesis-state.ts';
import { FIRST_CHAIN, REPLAY_PLACES, ReplayMinute, replayKey } from './ledger-state.ts';
import type { WorkingState } from './working-state.ts';

/** Reads the value of a raw key; null where there is none. */
export type ReadState = (key: Uint8Array) => Uint8Array | null;

/**
 * A ledger that continues another one must fit to the state that it begins with: the old ledger was
 * promoted by this genesis' plan, nobody comes who is there already, and members can govern.
 *
 * @param read The state that it begins with.
 * @throws WardError `GENESIS_INVALID` with the reason and, if it is one member's, its index.
 */
export function checkSuccession(genesis: Genesis, read: ReadState, crypto: Crypto): void {
  const refuseIt = (reason: Word, member = -1) => refuse('GENESIS_INVALID', { reason, member });
  const bytes = read(promotionKey);
  const promotion = bytes === null ? null : Promotion.decode(bytes);
  const isOurs =
    promotion?.chain === genesis.chain &&
    equalBytes(promotion.plan, planDigest(planOf(genesis), crypto));
  if (!isOurs) throw refuseIt(word('promotion'));
  checkMembers(genesis, read);
}

/**
 * What the chain that goes on would refuse of a plan, as long as nobody signed it: behind the
 * signature a ledger whose plan cannot be kept has ended for good.
 *
 * @param read The state of the ledger that is going to end.
 * @throws WardError `GENESIS_INVALID` as {@link checkSuccession}.
 */
export function checkPlan(
  plan: PromotionPlan,
  { read, time }: { readonly read: ReadState; readonly time: Seconds },
): void {
  const { chain, network, predecessor, validators, parameters, members, governance } = plan;
  const last = { chain: predecessor, height: 1, hash: new Uint8Array(DIGEST_BYTES) };
  const genesis: Genesis = {
    ...{ chain, time, network, predecessor: last },
    ...{ validators, parameters, members, governance },
  };
  checkGenesis(genesis);
  checkMembers(genesis, read);
}

function checkMembers(genesis: Genesis, read: ReadState): void {
  const refuseIt = (reason: Word, member = -1) => refuse('GENESIS_INVALID', { reason, member });
  if (read(rulesKey) !== null) throw refuseIt(word('governance'));
  for (const [index, { id }] of genesis.members.entries()) {
    const isTaken = read(accountKey(id)) !== null || read(organisationKey(id)) !== null;
    if (isTaken) throw refuseIt(word('taken'), index);
  }
  const members = allMembers(genesis, read);
  if (members.length > LEDGER_LIMITS.organisationsMax) throw refuseIt(word('directory'));
  for (const [index, { organisation }] of genesis.members.entries()) {
    const { successor } = organisation;
    const isMember = members.some(({ id }) => successor === null || equalBytes(id, successor));
    if (!isMember) throw refuseIt(word('successor'), index);
  }
  const canBegin = members.some((member) => canGovern(member, 'vote', genesis.time));
  if (!canBegin) throw refuseIt(word('voter'));
  const { governance, validators } = genesis;
  const reason = governance && brokenGovernance(governance, { members, validators });
  if (reason) throw refuseIt(reason);
}

/** Those of the old ledger and those who come, by id. */
function allMembers({ members }: Genesis, read: ReadState): Member[] {
  const listed = Directory.decode(read(directoryKey)!).organisations;
  const old = listed.map((id) => ({
    id,
    account: Account.decode(read(accountKey(id))!),
    organisation: Organisation.decode(read(organisationKey(id))!),
  }));
  return [...old, ...members].sort((a, b) => compareBytes(a.id, b.id));
}

/** Writes what the genesis of a ledger that continues another one adds to that one's state. */
export function writeSuccession(genesis: Genesis, state: WorkingState, crypto: Crypto): void {
  const read: ReadState = (key) => state.get(key);
  const { parameters, governance } = genesis;
  const members = allMembers(genesis, read);
  for (const { id, account, organisation } of genesis.members) {
    state.put(accountKey(id), Account.encode(account));
    state.put(organisationKey(id), Organisation.encode(organisation));
  }
  state.put(directoryKey, Directory.encode({ organisations: members.map(({ id }) => id) }));
  const { decideVersion } = Parameters.decode(read(parametersKey)!);
  if (parameters.decideVersion > decideVersion) {
    state.put(parametersKey, Parameters.encode(parameters));
  }
  endReplayMemory(state);
  if (governance === null) return;
  for (const [key, value] of governanceRecords(governance, members, crypto)) state.put(key, value);
}

/**
 * Ids of transactions are remembered so that none is taken twice. Those of the old ledger are bound
 * to its chain and never taken here: without them a snapshot needs no block of before.
 */
function endReplayMemory(state: WorkingState): void {
  for (let minute = 0; minute < REPLAY_PLACES; minute++) {
    const key = replayKey(minute);
    // Minutes that passed long ago.
    if (state.has(key)) state.put(key, ReplayMinute.encode({ minute, chain: FIRST_CHAIN }));
  }
}
