import {
  LEDGER_LIMITS,
  NO_STAKE,
  networkState,
  type ProvedState,
  type Rules,
  refuseNetwork,
  type Stake,
  type Supply,
  settledStake,
  type ValidatorRecord,
} from '@ward/ledger/schema';
import { type AccountId, equalBytes } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/** An organisation that has registered the key of a validator. */
export interface ValidatorView {
  readonly organisation: AccountId;
  readonly name: string;
  /** Ed25519. */
  readonly publicKey: Uint8Array;
  /** The members let it make blocks. */
  readonly isApproved: boolean;
  /** What its votes on blocks weigh; 0: it makes none now. */
  readonly power: number;
  readonly jail: ValidatorRecord['jail'];
  /** Blocks that it missed of late, as they count: those that it signed make up for some. */
  readonly missed: number;
  /** With so many it is jailed. */
  readonly missedMax: number;
  readonly stake: Stake;
}

/** Stake of an organisation, as it stands at the newest block. */
export interface StakeView {
  readonly organisation: AccountId;
  readonly stake: Stake;
}

/** All stake of a network. */
export interface StakesView {
  readonly supply: Supply;
  readonly holders: readonly StakeView[];
}

const { absences, rules, stakes, supply, validators, validatorSet } = networkState;
const FIXED_KEYS = [rules.key(), validatorSet.key(), absences.key()];
/** Two keys are proved for each organisation. */
const PAGE = Math.floor((LEDGER_LIMITS.provedKeysMax - FIXED_KEYS.length) / 2);

/**
 * All validators: approved or not, making blocks or not, in the order of their ids.
 *
 * @throws WardError `GOVERNED_BY_REGISTRAR`.
 */
export async function readValidators(connection: Connection): Promise<ValidatorView[]> {
  const members = await connection.organisations();
  const views: ValidatorView[] = [];
  for (let at = 0; at < members.length; at += PAGE) {
    const page = members.slice(at, at + PAGE);
    const keys = page.flatMap(({ id }) => [validators.key(id), stakes.key(id)]);
    const state = await connection.prove([...FIXED_KEYS, ...keys]);
    const own = state.record(rules.value, rules.key());
    if (own === null) throw refuseNetwork('GOVERNED_BY_REGISTRAR');
    for (const { id, organisation } of page) {
      const record = state.record(validators.value, validators.key(id));
      if (record === null) continue;
      views.push({ name: organisation.name, ...viewOf(id, { record, rules: own }, state) });
    }
  }
  return views;
}

function viewOf(
  organisation: AccountId,
  { record, rules: own }: { readonly record: ValidatorRecord; readonly rules: Rules },
  state: ProvedState,
): Omit<ValidatorView, 'name'> {
  const isIt = (one: { readonly organisation: Uint8Array }) =>
    equalBytes(one.organisation, organisation);
  const { approved, active } = state.record(validatorSet.value, validatorSet.key())!;
  const scores = state.record(absences.value, absences.key())?.scores ?? [];
  const { numerator, denominator } = own.absenceTolerated;
  // A block that was missed raises the score by so much.
  const score = scores.find(isIt)?.score ?? 0;
  return {
    ...{ organisation, publicKey: record.publicKey, jail: record.jail },
    isApproved: approved.some((id) => equalBytes(id, organisation)),
    power: active.find(isIt)?.power ?? 0,
    missed: Math.ceil(score / (denominator - numerator)),
    missedMax: own.absenceBlocks,
    stake: stakeIn(state, organisation),
  };
}

function stakeIn(state: ProvedState, organisation: AccountId): Stake {
  const record = state.record(stakes.value, stakes.key(organisation));
  return settledStake(record ?? NO_STAKE, state.time);
}

/** The stake of one organisation; what has waited long enough is free. */
export async function readStake(organisation: AccountId, connection: Connection): Promise<Stake> {
  return stakeIn(await connection.prove([stakes.key(organisation)]), organisation);
}

/**
 * All stake that there is, and whose it is.
 *
 * @throws WardError `GOVERNED_BY_REGISTRAR`.
 */
export async function readStakes(connection: Connection): Promise<StakesView> {
  const record = await connection.read(supply);
  if (record === null) throw refuseNetwork('GOVERNED_BY_REGISTRAR');
  const holders: StakeView[] = [];
  for (let at = 0; at < record.holders.length; at += LEDGER_LIMITS.provedKeysMax) {
    const page = record.holders.slice(at, at + LEDGER_LIMITS.provedKeysMax);
    const state = await connection.prove(page.map((id) => stakes.key(id)));
    for (const id of page) holders.push({ organisation: id, stake: stakeIn(state, id) });
  }
  return { supply: record, holders };
}
