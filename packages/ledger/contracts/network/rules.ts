import { defineFormat, type FormatOf, field, type Seconds } from '@ward/protocol';
import { LEDGER_LIMITS } from '../../schema/limits.ts';

const PARTS_MAX = 1_000_000;
const YEAR_SECONDS = 31_536_000;

/** A part of a whole, as two integers: nothing is ever rounded. */
export const fractionField = field.struct({
  numerator: field.integer(0, PARTS_MAX),
  denominator: field.integer(1, PARTS_MAX),
});
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** By what the members of a network decide, and how they make blocks. Changed by vote alone. */
export const Rules = defineFormat('rules', 1, {
  /** Part of all votes that decides on members, their roles, validators and stake. */
  membership: fractionField,
  /** The same for rules, parameters of the engine and upgrades. */
  constitution: fractionField,
  /** The same for halting the network and going on. */
  emergency: fractionField,
  votingSeconds: field.integer<Seconds>(60, YEAR_SECONDS),
  /** Whether validators weigh the same, or by what they have bonded. */
  weighting: field.word(['equal', 'stake']),
  /** Validators at one time; the heaviest. */
  validatorsMax: field.integer(1, LEDGER_LIMITS.validatorsMax),
  /** Minor units of stake for one unit of power. */
  stakePerPower: field.integer(1),
  /** Minor units without which nobody is a validator by stake. */
  bondMin: field.integer(1),
  unbondingSeconds: field.integer<Seconds>(1, YEAR_SECONDS),
  /** Blocks missed one after another for which a validator is jailed. */
  absenceBlocks: field.integer(1, PARTS_MAX),
  /** Part of all blocks that a validator may miss for ever. */
  absenceTolerated: fractionField,
  absenceJailSeconds: field.integer<Seconds>(0, YEAR_SECONDS),
  /** Part of the stake that is burned for absence, and for misbehaviour. */
  absenceSlash: fractionField,
  misbehaviourSlash: fractionField,
});
export type Rules = FormatOf<typeof Rules>;

/** Parameters of the engine, as a block's outcome hands them on. */
export const ConsensusRules = defineFormat('consensus-rules', 1, {
  blockBytesMax: field.integer(1024 * 1024, LEDGER_LIMITS.blockBytesMax),
  /** Evidence is too old when it is older by blocks and by time. */
  evidenceBlocksMax: field.integer(1),
  evidenceSecondsMax: field.integer<Seconds>(1, YEAR_SECONDS),
  evidenceBytesMax: field.integer(16 * 1024, 1024 * 1024),
});
export type ConsensusRules = FormatOf<typeof ConsensusRules>;

/** What the members of a network begin with, where no other is wanted. */
export const DEFAULT_RULES: Rules = {
  membership: { numerator: 2, denominator: 3 },
  constitution: { numerator: 3, denominator: 4 },
  emergency: { numerator: 2, denominator: 3 },
  votingSeconds: 604_800,
  weighting: 'equal',
  validatorsMax: 100,
  stakePerPower: 1_000_000,
  bondMin: 1_000_000,
  unbondingSeconds: 1_814_400,
  absenceBlocks: 1000,
  absenceTolerated: { numerator: 1, denominator: 20 },
  absenceJailSeconds: 600,
  absenceSlash: { numerator: 1, denominator: 10_000 },
  misbehaviourSlash: { numerator: 1, denominator: 20 },
};

export const DEFAULT_CONSENSUS: ConsensusRules = {
  blockBytesMax: 4 * 1024 * 1024,
  evidenceBlocksMax: 1_000_000,
  evidenceSecondsMax: 1_728_000,
  evidenceBytesMax: 128 * 1024,
};

/** More than half: two halves could decide against each other. */
function isMajority({ numerator, denominator }: Fraction): boolean {
  return 2 * numerator > denominator && numerator <= denominator;
}

function isPart({ numerator, denominator }: Fraction): boolean {
  return numerator <= denominator;
}

/** Rules by which a network can live: nobody leaves with a stake before evidence is too old. */
export function areWholeRules(rules: Rules, consensus: ConsensusRules): boolean {
  const { membership, constitution, emergency, absenceTolerated } = rules;
  return (
    [membership, constitution, emergency].every(isMajority) &&
    [rules.absenceSlash, rules.misbehaviourSlash].every(isPart) &&
    absenceTolerated.numerator < absenceTolerated.denominator &&
    rules.unbondingSeconds >= consensus.evidenceSecondsMax
  );
}

/** Whether a part of `whole` is at least the fraction. */
export function isReached(
  { numerator, denominator }: Fraction,
  { part, whole }: { readonly part: number; readonly whole: number },
): boolean {
  return part * denominator >= whole * numerator;
}

/** The smallest part of `whole` that reaches the fraction. */
export function partNeeded({ numerator, denominator }: Fraction, whole: number): number {
  const product = whole * numerator;
  const rest = product % denominator;
  return (product - rest) / denominator + (rest === 0 ? 0 : 1);
}

/** The fraction of an amount, rounded down; amounts may be as large as integers are safe. */
export function partOf(amount: number, { numerator, denominator }: Fraction): number {
  return Number((BigInt(amount) * BigInt(numerator)) / BigInt(denominator));
}
