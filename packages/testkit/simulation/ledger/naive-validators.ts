import type { BlockReport, Misbehaviour } from '@ward/ledger';
import { networkState, type Rules, type Stake } from '@ward/ledger/schema';
import { type Crypto, toHex, validatorAddress } from '@ward/protocol';
import { isSame, mayDo } from './naive-rights.ts';
import type { NaiveState } from './naive-state.ts';

/** Where in the chain something happens. */
export interface NaiveBlock {
  readonly height: number;
  readonly time: number;
}

const POWER_MAX = 1_000_000_000_000;

function weightOf(bonded: number, rules: Rules): number {
  if (rules.weighting === 'equal') return 1;
  return bonded < rules.bondMin ? 0 : Math.min(POWER_MAX, Math.floor(bonded / rules.stakePerPower));
}

/** Who makes blocks, from all that it depends on; where nobody could, those who do go on. */
export function chooseAgain(state: NaiveState): void {
  const rules = state.get(networkState.rules)!;
  const set = state.get(networkState.validatorSet)!;
  const able = set.approved.flatMap((organisation) => {
    const record = state.get(networkState.validators, organisation);
    const power = weightOf(state.get(networkState.stakes, organisation)?.bonded ?? 0, rules);
    const isAble = record?.jail === null && power > 0 && mayDo(state, organisation, 'validate');
    return isAble ? [{ organisation, publicKey: record.publicKey, power }] : [];
  });
  const byId = (a: { organisation: Uint8Array }, b: { organisation: Uint8Array }) =>
    toHex(a.organisation) < toHex(b.organisation) ? -1 : 1;
  able.sort((a, b) => b.power - a.power || byId(a, b));
  const active = able.slice(0, rules.validatorsMax).sort(byId);
  const text = (list: typeof active) =>
    list.map((one) => `${toHex(one.organisation)} ${toHex(one.publicKey)} ${one.power}`).join();
  if (active.length === 0 || text(active) === text([...set.active])) return;
  state.put(networkState.validatorSet, { ...set, active });
}

/** Whether nobody else makes blocks. */
export function isAlone(state: NaiveState, id: Uint8Array): boolean {
  const { active } = state.get(networkState.validatorSet)!;
  return active.length === 1 && isSame(active[0]!.organisation, id);
}

/** An organisation's stake, with what has come back by a time. */
export function stakeAt(state: NaiveState, id: Uint8Array, time: number): Stake {
  const { free, bonded, unbonding } = state.get(networkState.stakes, id) ?? {
    ...{ free: 0, bonded: 0, unbonding: [] },
  };
  let back = 0;
  for (const one of unbonding) if (one.time <= time) back += one.amount;
  return { free: free + back, bonded, unbonding: unbonding.filter((one) => one.time > time) };
}

function slash(state: NaiveState, id: Uint8Array, part: Rules['absenceSlash'], time: number): void {
  const { free, bonded, unbonding } = stakeAt(state, id, time);
  const [numerator, denominator] = [BigInt(part.numerator), BigInt(part.denominator)];
  const keep = (amount: number) => amount - Number((BigInt(amount) * numerator) / denominator);
  const left = unbonding.map((one) => ({ ...one, amount: keep(one.amount) }));
  let burned = bonded - keep(bonded);
  for (const [i, one] of unbonding.entries()) burned += one.amount - left[i]!.amount;
  if (burned === 0) return;
  const kept = { free, bonded: keep(bonded), unbonding: left.filter(({ amount }) => amount > 0) };
  state.put(networkState.stakes, kept, id);
  const supply = state.get(networkState.supply)!;
  state.put(networkState.supply, { ...supply, burned: supply.burned + burned });
}

/** What the beginning of a block does, from what it says of those who make blocks. */
export function beginNaively(
  state: NaiveState,
  { lastCommit = [], misbehaviour = [] }: BlockReport,
  block: NaiveBlock,
  crypto: Crypto,
): void {
  for (const evidence of misbehaviour) judge(state, evidence, block);
  const votes = new Map(lastCommit.map((vote) => [toHex(vote.validator), vote.isSigned]));
  const scores = state.get(networkState.absences)?.scores ?? [];
  const isQuiet = scores.length === 0 && lastCommit.every(({ isSigned }) => isSigned);
  if (!isQuiet) countAbsences(state, { votes, time: block.time, crypto });
}

function judge(state: NaiveState, evidence: Misbehaviour, { height, time }: NaiveBlock): void {
  const id = state.get(networkState.validatorKeys, evidence.validator)?.organisation;
  if (id === undefined) return;
  const { evidenceBlocksMax, evidenceSecondsMax } = state.get(networkState.consensus)!;
  const isYoung =
    height - evidence.height <= evidenceBlocksMax || time - evidence.time <= evidenceSecondsMax;
  const validator = state.get(networkState.validators, id)!;
  if (!isYoung || evidence.height <= validator.judgedHeight) return;
  const jail = { kind: 'misbehaviour' } as const;
  state.change(networkState.validators, { jail, judgedHeight: height }, id);
  slash(state, id, state.get(networkState.rules)!.misbehaviourSlash, time);
  chooseAgain(state);
}

interface Attendance {
  readonly votes: ReadonlyMap<string, boolean>;
  readonly time: number;
  readonly crypto: Crypto;
}

function countAbsences(state: NaiveState, { votes, time, crypto }: Attendance): void {
  const rules = state.get(networkState.rules)!;
  const { numerator, denominator } = rules.absenceTolerated;
  const limit = rules.absenceBlocks * (denominator - numerator);
  const before = state.get(networkState.absences)?.scores ?? [];
  const scores: { organisation: Uint8Array; score: number }[] = [];
  const away: Uint8Array[] = [];
  for (const { organisation, publicKey } of state.get(networkState.validatorSet)!.active) {
    const isSigned = votes.get(toHex(validatorAddress(publicKey, crypto)));
    let score = before.find((one) => isSame(one.organisation, organisation))?.score ?? 0;
    if (isSigned === true) score = Math.max(0, score - numerator);
    if (isSigned === false) score += denominator - numerator;
    if (score >= limit && !isAlone(state, organisation)) away.push(organisation);
    else if (score > 0) scores.push({ organisation, score: Math.min(score, limit) });
  }
  const text = (list: readonly { organisation: Uint8Array; score: number }[]) =>
    list.map((one) => `${toHex(one.organisation)} ${one.score}`).join();
  if (text(before) !== text(scores)) state.put(networkState.absences, { scores });
  for (const id of away) {
    if (isAlone(state, id)) continue;
    const jail = { kind: 'absence', until: time + rules.absenceJailSeconds } as const;
    state.change(networkState.validators, { jail }, id);
    slash(state, id, rules.absenceSlash, time);
    chooseAgain(state);
  }
}
