import { DeletionReceipt } from '@ward/charts';
import type { Erasure } from '@ward/sdk';
import type { Names } from '../frame/names.ts';
import type { Screen } from '../frame/screen.ts';
import { counted, isoTime } from './times.ts';

/** Who promised to delete, as programs read it. */
export function erasureJson({ receipts, missing }: Erasure) {
  return { receipts: receipts.map((each) => DeletionReceipt.toJson(each)), missing };
}

/** Who promised what, counted by organisation. */
export function showErasure({ receipts, missing }: Erasure, names: Names, screen: Screen): void {
  const counts = new Map<string, { count: number; time: number }>();
  for (const { organisation, what, time } of receipts) {
    const key = `${names.of(organisation)}  ${what === 'body' ? 'object' : what}`;
    const { count = 0, time: last = 0 } = counts.get(key) ?? {};
    counts.set(key, { count: count + 1, time: Math.max(last, time) });
  }
  for (const [key, { count, time }] of counts) {
    screen.line(`  ${key}: ${counted(count, 'receipt')}, gone from ${isoTime(time)}`);
  }
  if (missing === 0) return;
  screen.line(`No receipt came from ${counted(missing, 'server')}; ask who runs it.`, 'warning');
}
