import { type AccountId, compareBytes, equalBytes, type Seconds } from '@ward/protocol';
import { StakeChanged } from './events.ts';
import type { NetworkScope } from './needs.ts';
import { type Fraction, partOf } from './rules.ts';
import type { Stake } from './validators.ts';

const NO_STAKE: Stake = { free: 0, bonded: 0, unbonding: [] };

/** An organisation's stake as it stands at a time: what has waited long enough is free. */
export function stakeOf(id: AccountId, { state, block }: NetworkScope): Stake {
  return settled(state.stakes.get(id) ?? NO_STAKE, block.time);
}

function settled(stake: Stake, time: Seconds): Stake {
  const waiting = stake.unbonding.filter((part) => part.time > time);
  const freed = stake.unbonding.filter((part) => part.time <= time);
  const free = stake.free + sumOf(freed);
  return { free, bonded: stake.bonded, unbonding: waiting };
}

export function sumOf(parts: readonly { readonly amount: number }[]): number {
  let sum = 0;
  for (const { amount } of parts) sum += amount;
  return sum;
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
