import { columnsOf, cutTo, padTo } from './printable.ts';

export interface TableColumn {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Cut first where the terminal is narrow, the widest of these first. */
  readonly mayShrink?: boolean;
}

/** A cell: a text, and how it is painted once it has its width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const GAP = '  ';
const SHRUNK_COLUMNS_MIN = 6;

/**
 * Lines of a table without frames, no wider than `columns`.
 *
 * @param columns Width to keep; undefined: as wide as it wants.
 */
export function tableLines(
  { head, rows }: { readonly head: readonly TableColumn[]; readonly rows: readonly Cell[][] },
  { columns, paintHead }: { columns: number | undefined; paintHead: (text: string) => string },
): string[] {
  const widths = head.map(({ title }, i) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(textOf(row[i] ?? '')))),
  );
  if (columns !== undefined) shrink(widths, head, columns);
  const line = (cells: readonly Cell[]) =>
    head
      .map(({ isNumber = false }, i) => {
        const cell = cells[i] ?? '';
        const fitted = padTo(cutTo(textOf(cell), widths[i]!), widths[i]!, isNumber);
        return typeof cell === 'string' ? fitted : cell.paint(fitted);
      })
      .join(GAP)
      .trimEnd();
  const titles = head.map(({ title }) => ({ text: title.toUpperCase(), paint: paintHead }));
  return [line(titles), ...rows.map(line)];
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** Takes columns from the widest that may shrink until all fit, or nothing is left to take. */
function shrink(widths: number[], head: readonly TableColumn[], columns: number): void {
  const gaps = GAP.length * (head.length - 1);
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, gaps) - columns;
    if (excess <= 0) return;
    const loose = head.flatMap(({ mayShrink = false }, i) =>
      mayShrink && widths[i]! > SHRUNK_COLUMNS_MIN ? [i] : [],
    );
    if (loose.length === 0) return;
    const widest = loose.reduce((a, b) => (widths[b]! > widths[a]! ? b : a));
    widths[widest]! -= 1;
  }
}
