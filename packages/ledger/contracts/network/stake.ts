import { type AccountId, compareBytes, equalBytes } from '@ward/protocol';
import { StakeChanged } from './events.ts';
import type { NetworkScope } from './needs.ts';
import { type Fraction, partOf } from './rules.ts';
import { NO_STAKE, type Stake, settledStake, sumOf } from './validators.ts';

/** An organisation's stake as it stands at a time: what has waited long enough is free. */
export function stakeOf(id: AccountId, { state, block }: NetworkScope): Stake {
  return settledStake(state.stakes.get(id) ?? NO_STAKE, block.time);
}

export function putStake(stake: Stake, id: AccountId, { state, emit }: NetworkScope): void {
  state.stakes.put(stake, id);
  emit(StakeChanged, { organisation: id });
}

/** Makes new stake; the only way in which it comes to be behind the genesis. */
export function grantStake(id: AccountId, amount: number, scope: NetworkScope): void {
  const { state } = scope;
  const stake = stakeOf(id, scope);
  const supply = state.supply.get()!;
  const isNew = !supply.holders.some((other) => equalBytes(other, id));
  const holders = isNew ? [...supply.holders, id].sort(compareBytes) : supply.holders;
  state.supply.put({ ...supply, granted: supply.granted + amount, holders });
  putStake({ ...stake, free: stake.free + amount }, id, scope);
}

/** Burns a part of what is bonded, and of what is on its way back. */
export function slashStake(id: AccountId, part: Fraction, scope: NetworkScope): void {
  const { state } = scope;
  const stake = stakeOf(id, scope);
  const lost = partOf(stake.bonded, part);
  const left = stake.unbonding.map(({ amount, time }) => ({
    amount: amount - partOf(amount, part),
    time,
  }));
  const burned = lost + sumOf(stake.unbonding) - sumOf(left);
  if (burned === 0) return;
  const supply = state.supply.get()!;
  state.supply.put({ ...supply, burned: supply.burned + burned });
  const unbonding = left.filter(({ amount }) => amount > 0);
  putStake({ ...stake, bonded: stake.bonded - lost, unbonding }, id, scope);
}
