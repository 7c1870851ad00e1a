import { type AccountId, compareBytes, equalBytes, toHex, validatorAddress } from '@ward/protocol';
import type { BlockReport, Misbehaviour, ValidatorVote } from '../../contract/block-report.ts';
import { isLastValidator, refreshValidators } from './choose-validators.ts';
import type { NetworkScope } from './needs.ts';
import type { Fraction, Rules } from './rules.ts';
import { slashStake } from './stake.ts';
import type { ValidatorRecord } from './validators.ts';

/**
 * Jails and slashes at the beginning of a block, before its transactions: those whose misbehaviour
 * the block proves, and those who were away for too long.
 */
export function watchValidators(report: BlockReport, scope: NetworkScope): void {
  if (!scope.state.rules.has()) return;
  for (const evidence of report.misbehaviour ?? []) judge(evidence, scope);
  if (report.lastCommit !== undefined) countAbsences(report.lastCommit, scope);
}

function judge({ validator, height, time }: Misbehaviour, scope: NetworkScope): void {
  const { state, block } = scope;
  const id = state.validatorKeys.get(validator)?.organisation;
  if (id === undefined) return;
  const { evidenceBlocksMax, evidenceSecondsMax } = state.consensus.get()!;
  const isOldByBlocks = block.height - height > evidenceBlocksMax;
  if (isOldByBlocks && block.time - time > evidenceSecondsMax) return;
  const record = state.validators.get(id)!;
  // One judgement is for all that was done before it.
  if (height <= record.judgedHeight) return;
  const part = state.rules.get()!.misbehaviourSlash;
  const jail = { kind: 'misbehaviour' } as const;
  jailValidator({ id, record: { ...record, jail, judgedHeight: block.height }, part }, scope);
}

interface Judgement {
  readonly id: AccountId;
  readonly record: ValidatorRecord;
  /** Of its stake, which is burned. */
  readonly part: Fraction;
}

function jailValidator({ id, record, part }: Judgement, scope: NetworkScope): void {
  scope.state.validators.put(record, id);
  slashStake(id, part, scope);
  refreshValidators(scope);
}

/**
 * Counts who was away, in blocks that do something: a score rises for a block that was missed and
 * falls for one that was signed, such that it stays low for one who misses no more than is
 * tolerated. Nothing is written while all are there, or in a block without transactions.
 */
function countAbsences(votes: readonly ValidatorVote[], scope: NetworkScope): void {
  const { state } = scope;
  const before = state.absences.get()?.scores ?? [];
  if (before.length === 0 && votes.every(({ isSigned }) => isSigned)) return;
  const rules = state.rules.get()!;
  const known = new Map(before.map(({ organisation, score }) => [toHex(organisation), score]));
  const scores: { organisation: AccountId; score: number }[] = [];
  const away: AccountId[] = [];
  for (const { organisation, isSigned } of presenceOf(votes, scope)) {
    const score = nextScore(known.get(toHex(organisation)) ?? 0, isSigned, rules);
    if (score >= limitOf(rules) && !isLastValidator(organisation, scope)) away.push(organisation);
    else if (score > 0) scores.push({ organisation, score: Math.min(score, limitOf(rules)) });
  }
  scores.sort((a, b) => compareBytes(a.organisation, b.organisation));
  const isSame =
    scores.length === before.length &&
    scores.every(({ organisation, score }, i) => {
      const was = before[i]!;
      return equalBytes(was.organisation, organisation) && was.score === score;
    });
  if (!isSame) state.absences.put({ scores });
  for (const id of away) jailForAbsence(id, rules, scope);
}

interface Presence {
  readonly organisation: AccountId;
  /** Undefined where its key of now had no vote yet. */
  readonly isSigned: boolean | undefined;
}

/** The validators of now, and whether they signed the block before. */
function presenceOf(votes: readonly ValidatorVote[], { state, realm }: NetworkScope): Presence[] {
  const { active } = state.validatorSet.get()!;
  const signed = new Map(votes.map(({ validator, isSigned }) => [toHex(validator), isSigned]));
  return active.map(({ organisation, publicKey }) => {
    const address = toHex(validatorAddress(publicKey, realm.crypto));
    return { organisation, isSigned: signed.get(address) };
  });
}

/** What a missed block costs, times so many as may be missed. */
function limitOf({ absenceBlocks, absenceTolerated }: Rules): number {
  return absenceBlocks * (absenceTolerated.denominator - absenceTolerated.numerator);
}

function nextScore(score: number, isSigned: boolean | undefined, rules: Rules): number {
  const { numerator, denominator } = rules.absenceTolerated;
  if (isSigned === undefined) return score;
  return isSigned ? Math.max(0, score - numerator) : score + denominator - numerator;
}

function jailForAbsence(id: AccountId, rules: Rules, scope: NetworkScope): void {
  // Of two that were away, the first may have left the second as the last.
  if (isLastValidator(id, scope)) return;
  const record = scope.state.validators.get(id)!;
  const until = scope.block.time + rules.absenceJailSeconds;
  const jailed = { ...record, jail: { kind: 'absence', until } as const };
  jailValidator({ id, record: jailed, part: rules.absenceSlash }, scope);
}
