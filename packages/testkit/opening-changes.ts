import { type Authority, deal, ErasedLabels } from '@ward/charts';
import type { Seconds } from '@ward/protocol';
import type { SampleOpening } from './sample-opening.ts';

export function filled(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

export interface TakenOver {
  readonly chart: Uint8Array;
  readonly authority: Authority;
  readonly predecessors: readonly Authority[];
}

export function dealt({ chart: { random, realm } }: SampleOpening) {
  const { commitments } = deal({ threshold: 3, count: 5 }, random, realm.crypto);
  return { commitments };
}

export function erasedMany(
  { chart, crypto }: SampleOpening,
  ...others: Uint8Array[]
): ErasedLabels {
  const many = Array.from({ length: 300 }, () => chart.random.bytes(32));
  return new ErasedLabels([...many, ...others], crypto);
}

export function changeKey(
  opening: SampleOpening,
  changes: { from?: Seconds; until?: Seconds },
): void {
  const keys = opening.account.keys.map((key) => ({ ...key, ...changes }));
  opening.account = { ...opening.account, keys };
}

/** The chart now belongs to another authority, which the first one's cold slot may name. */
export function takeOver(opening: SampleOpening): void {
  const { chart, authority, keys } = opening.chart;
  const cold = opening.chart.random.bytes(32);
  const changes: TakenOver = {
    chart,
    predecessors: [authority],
    authority: { ck: keys.ck.publicKey, cold },
  };
  opening.headerChanges = changes;
}
