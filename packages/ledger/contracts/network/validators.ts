import {
  ACCOUNT_ID_BYTES,
  type Crypto,
  compareBytes,
  defineFormat,
  encodeCbor,
  type FormatOf,
  field,
  type Height,
  type Realm,
  type Seconds,
  tagged,
} from '@ward/protocol';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import type { Rules } from './rules.ts';

const VALIDATOR_POWER_MAX = 1_000_000_000_000;
const organisationField = field.bytes(ACCOUNT_ID_BYTES);

/** An organisation's validator, whether it makes blocks now or not. */
export const ValidatorRecord = defineFormat('validator-record', 1, {
  /** Ed25519: signs votes on blocks. */
  publicKey: field.bytes(32),
  /** Why it makes no blocks: it was away until a time, or it misbehaved and waits for a vote. */
  jail: field.nullable(
    field.variant({
      absence: field.struct({ until: field.integer<Seconds>() }),
      misbehaviour: field.struct({}),
    }),
  ),
  /** Evidence of what was done up to this height has been judged. */
  judgedHeight: field.integer<Height>(),
});
export type ValidatorRecord = FormatOf<typeof ValidatorRecord>;

/** Whose a validator's key is, or once was: evidence names keys by their address. */
export const ValidatorKey = defineFormat('validator-key', 1, { organisation: organisationField });
export type ValidatorKey = FormatOf<typeof ValidatorKey>;

export const activeValidatorField = field.struct({
  organisation: organisationField,
  publicKey: field.bytes(32),
  power: field.integer(1, VALIDATOR_POWER_MAX),
});
export interface ActiveValidator {
  readonly organisation: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly power: number;
}

/** Who may make blocks, by vote, and who does. */
export const ValidatorSet = defineFormat('validator-set', 1, {
  approved: field.list(organisationField, { max: LEDGER_LIMITS.validatorsMax, sortedBy: '' }),
  active: field.list(activeValidatorField, {
    min: 1,
    max: LEDGER_LIMITS.validatorsMax,
    sortedBy: 'organisation',
  }),
});
export type ValidatorSet = FormatOf<typeof ValidatorSet>;

/** How much validators were away of late; one who was not for long is not listed. */
export const Absences = defineFormat('absences', 1, {
  scores: field.list(field.struct({ organisation: organisationField, score: field.integer(1) }), {
    max: LEDGER_LIMITS.validatorsMax,
    sortedBy: 'organisation',
  }),
});
export type Absences = FormatOf<typeof Absences>;

/** An organisation's stake in minor units. */
export const Stake = defineFormat('stake', 1, {
  free: field.integer(),
  bonded: field.integer(),
  /** On its way back, and still at stake until its time. */
  unbonding: field.list(
    field.struct({ amount: field.integer(1), time: field.integer<Seconds>() }),
    { max: LEDGER_LIMITS.unbondingsMax },
  ),
});
export type Stake = FormatOf<typeof Stake>;

/** What an organisation has that never had any. */
export const NO_STAKE: Stake = { free: 0, bonded: 0, unbonding: [] };

/** A stake as it stands at a time: what has waited long enough is free. */
export function settledStake(stake: Stake, time: Seconds): Stake {
  const waiting = stake.unbonding.filter((part) => part.time > time);
  const freed = stake.unbonding.filter((part) => part.time <= time);
  return { free: stake.free + sumOf(freed), bonded: stake.bonded, unbonding: waiting };
}

export function sumOf(parts: readonly { readonly amount: number }[]): number {
  let sum = 0;
  for (const { amount } of parts) sum += amount;
  return sum;
}

/** All stake that there is: what was granted and not burned, and who holds any. */
export const Supply = defineFormat('supply', 1, {
  granted: field.integer(),
  burned: field.integer(),
  holders: field.list(organisationField, { max: LEDGER_LIMITS.organisationsMax, sortedBy: '' }),
});
export type Supply = FormatOf<typeof Supply>;

/** Power of a validator: 1, or one for so many units that are bonded. */
export function powerOf(bonded: number, rules: Rules): number {
  if (rules.weighting === 'equal') return 1;
  if (bonded < rules.bondMin) return 0;
  const power = (bonded - (bonded % rules.stakePerPower)) / rules.stakePerPower;
  return Math.min(power, VALIDATOR_POWER_MAX);
}

/** The heaviest, by id where they weigh the same; in the order of ids. */
export function chooseActive(
  able: readonly ActiveValidator[],
  { validatorsMax }: Rules,
): ActiveValidator[] {
  const heaviest = (a: ActiveValidator, b: ActiveValidator) =>
    b.power - a.power || compareBytes(a.organisation, b.organisation);
  return [...able]
    .filter(({ power }) => power > 0)
    .sort(heaviest)
    .slice(0, validatorsMax)
    .sort((a, b) => compareBytes(a.organisation, b.organisation));
}

/** What a validator's key signs so that nobody claims the key of another. */
export function validatorKeyBytes(organisation: Uint8Array, { network }: Realm): Uint8Array {
  return tagged('validator-key', encodeCbor([network, organisation]));
}

/** Signs that a validator's key is an organisation's. */
export function signValidatorKey(
  organisation: Uint8Array,
  keyPair: ReturnType<Crypto['ed25519']['keyPair']>,
  realm: Realm,
): { readonly publicKey: Uint8Array; readonly signature: Uint8Array } {
  const bytes = validatorKeyBytes(organisation, realm);
  const signature = realm.crypto.ed25519.sign(bytes, keyPair.secretKey);
  return { publicKey: keyPair.publicKey, signature };
}
