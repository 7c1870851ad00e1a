import type { Stake } from '@ward/ledger/schema';
import type { Fact } from '../frame/screen.ts';
import { isoTime } from './times.ts';

/** A stake, as programs read it. */
export function stakeJson({ free, bonded, unbonding }: Stake) {
  const waiting = unbonding.map(({ amount, time }) => ({ amount, time: isoTime(time) }));
  return { free, bonded, unbonding: waiting };
}

export function unbondingText({ unbonding }: Stake): string {
  return unbonding.map(({ amount, time }) => `${amount} until ${isoTime(time)}`).join(', ');
}

export function stakeFacts(stake: Stake): Fact[] {
  return [
    ['free', `${stake.free}`],
    ['bonded', `${stake.bonded}`],
    ['on its way back', stake.unbonding.length === 0 ? undefined : unbondingText(stake)],
  ];
}
