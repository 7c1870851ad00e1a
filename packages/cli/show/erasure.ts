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
  const counts = new Map<string, { who: string; what: string; count: number; time: number }>();
  for (const { organisation, what: kind, time } of receipts) {
    const who = names.of(organisation);
    const what = kind === 'body' ? 'object' : kind;
    const known = counts.get(`${who} ${what}`) ?? { who, what, count: 0, time: 0 };
    const { count, time: last } = known;
    counts.set(`${who} ${what}`, { ...known, count: count + 1, time: Math.max(last, time) });
  }
  screen.table(
    [
      { title: 'signed by', mayShrink: true },
      { title: 'deletes' },
      { title: 'receipts', isNumber: true },
      { title: 'gone from' },
    ],
    [...counts.values()].map(({ who, what, count, time }) => [
      ...[who, what, `${count}`, isoTime(time)],
    ]),
    'Nobody had anything to delete.',
  );
  if (missing === 0) return;
  screen.line(`No receipt came from ${counted(missing, 'server')}; ask who runs it.`, 'warning');
}
