import {
  type Crypto,
  compareBytes,
  equalBytes,
  type Validator,
  validatorAddress,
  type Word,
  word,
} from '@ward/protocol';
import type { Genesis, Governance } from '../../schema/genesis.ts';
import { Agenda, Release } from './proposal.ts';
import { hasRight } from './roles.ts';
import { areWholeRules, ConsensusRules, Rules } from './rules.ts';

import {
  agendaKey,
  consensusKey,
  networkState,
  releaseKey,
  rulesKey,
  validatorSetKey,
} from './state.ts';
import {
  type ActiveValidator,
  chooseActive,
  powerOf,
  Stake,
  Supply,
  sumOf,
  ValidatorKey,
  ValidatorRecord,
  ValidatorSet,
} from './validators.ts';

/** Who is a member, whatever else is known of it. */
type Members = readonly Pick<Genesis['members'][number], 'id' | 'organisation'>[];

/** Which rule what members begin with breaks; undefined where none. */
export function brokenGovernance(
  governance: Governance,
  { members, validators }: Pick<Genesis, 'validators'> & { readonly members: Members },
): Word | undefined {
  const { release, rules, consensus, stakes } = governance;
  if (release === '') return word('release');
  if (!areWholeRules(rules, consensus)) return word('rules');
  const sum = stakes.reduce((all, one) => all + BigInt(one.free) + BigInt(one.bonded), 0n);
  const areMembers = stakes.every(({ organisation }) => memberOf(organisation, members) !== null);
  if (!areMembers || sum > BigInt(Number.MAX_SAFE_INTEGER)) return word('stakes');
  const isOurs = isSameSet(firstValidators(governance, members), validators);
  return isOurs ? undefined : word('validators');
}

function memberOf(id: Uint8Array, members: Members) {
  return members.find((member) => equalBytes(member.id, id))?.organisation ?? null;
}

function firstValidators(governance: Governance, members: Members): ActiveValidator[] {
  const { rules, stakes, validators } = governance;
  const able = validators
    .filter(({ organisation }) => hasRight(memberOf(organisation, members), 'validate'))
    .map(({ organisation, publicKey }) => {
      const stake = stakes.find((one) => equalBytes(one.organisation, organisation));
      return { organisation, publicKey, power: powerOf(stake?.bonded ?? 0, rules) };
    });
  return chooseActive(able, rules);
}

function isSameSet(active: readonly ActiveValidator[], validators: readonly Validator[]): boolean {
  const isOne = (one: Validator, other: Validator) =>
    equalBytes(one.publicKey, other.publicKey) && one.power === other.power;
  const differ = new Set(active.map(({ publicKey }) => publicKey.join())).size === active.length;
  const isWhole = active.length > 0 && active.length === validators.length && differ;
  return isWhole && active.every((one) => validators.some((other) => isOne(one, other)));
}

/** The records that members begin with. */
export function* governanceRecords(
  governance: Governance,
  members: Members,
  crypto: Crypto,
): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
  const { rules, consensus, release, validators, stakes } = governance;
  yield [rulesKey, Rules.encode(rules)];
  yield [consensusKey, ConsensusRules.encode(consensus)];
  yield [releaseKey, Release.encode({ current: release, plan: null })];
  const voters = members.filter(({ organisation }) => hasRight(organisation, 'vote')).length;
  yield [agendaKey, Agenda.encode({ next: 1, open: [], voters, haltedSince: null })];
  const approved = validators.map(({ organisation }) => organisation);
  const active = firstValidators(governance, members);
  yield [validatorSetKey, ValidatorSet.encode({ approved, active })];
  for (const { organisation, publicKey } of validators) {
    const record = { publicKey, jail: null, judgedHeight: 0 };
    yield [networkState.validators.key(organisation), ValidatorRecord.encode(record)];
    const address = validatorAddress(publicKey, crypto);
    yield [networkState.validatorKeys.key(address), ValidatorKey.encode({ organisation })];
  }
  yield* stakeRecords(stakes);
}

function* stakeRecords(
  stakes: Governance['stakes'],
): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
  const holders = stakes.map(({ organisation }) => organisation).sort(compareBytes);
  const granted = sumOf(stakes.map(({ free, bonded }) => ({ amount: free + bonded })));
  yield [networkState.supply.key(), Supply.encode({ granted, burned: 0, holders })];
  for (const { organisation, free, bonded } of stakes) {
    const stake = { free, bonded, unbonding: [] };
    yield [networkState.stakes.key(organisation), Stake.encode(stake)];
  }
}
