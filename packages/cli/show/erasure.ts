import { DeletionReceipt } from '@ward/charts';
import { toHex } from '@ward/protocol';
import type { Erasure } from '@ward/sdk';
import type { Names } from '../frame/names.ts';
import type { Screen } from '../frame/screen.ts';
import { counted, isoTime } from './times.ts';

/** Who promised to delete, as programs read it. */
export function erasureJson({ receipts, missing, outstanding }: Erasure) {
  return {
    receipts: receipts.map((each) => DeletionReceipt.toJson(each)),
    ...{ missing, outstanding: outstanding.map((id) => toHex(id)) },
  };
}

/** Who promised what, counted by organisation. */
export function showErasure(erasure: Erasure, names: Names, screen: Screen): void {
  const { receipts, missing, outstanding } = erasure;
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
  const who = outstanding.map((id) => names.of(id)).join(', ');
  const said = `${counted(missing, 'receipt')} did not come, from: ${who}.`;
  screen.line(`${said} Vaults are asked again: ward chart show CHART`, 'warning');
}
