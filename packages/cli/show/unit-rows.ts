import type { ChartKind } from '@ward/charts';
import { type Json, toHex } from '@ward/protocol';
import type { UnitSummary } from '@ward/sdk';
import { unitId } from '../find/find-unit.ts';
import { type Names, shortId } from '../frame/names.ts';
import { printable } from '../frame/printable.ts';
import type { Screen } from '../frame/screen.ts';
import type { Cell, TableColumn } from '../frame/table.ts';
import { counted, isoTime, monthText } from './times.ts';

/** A unit with the kind of its chart. */
export interface UnitRow {
  readonly kind: ChartKind;
  readonly unit: UnitSummary;
}

/** Who looks at the units, and in which words the owner of the chart is named to them. */
export interface Reader {
  readonly names: Names;
  readonly ownerIs: 'you' | 'the patient';
}

/** A unit as programs read it. */
export function unitJson({ kind, unit }: UnitRow) {
  const { author, caption, organisation, label } = unit;
  return {
    unit: toHex(unitId(unit)),
    label: label === undefined ? null : toHex(label),
    commitment: toHex(unit.commitment),
    chart: toHex(unit.chart),
    kind,
    epoch: unit.epoch,
    n: unit.n,
    written: isoTime(unit.time),
    organisation: organisation === null ? null : toHex(organisation),
    credential: author?.credential ?? null,
    caption: caption?.kind ?? null,
    month: caption === undefined ? null : (monthText(caption.month) ?? null),
    records: unit.recordCount,
    state: unitState(unit),
  } satisfies Json;
}

/** `ok`, `erased`, `unsolicited`, or what is wrong with a unit. */
export function unitState({ isErased, isUnsolicited, problem }: UnitSummary): string {
  if (isErased) return 'erased';
  return problem ?? (isUnsolicited ? 'unsolicited' : 'ok');
}

const DATE_LETTERS = 10;

/** A timeline; charts are told apart where there are several, states where one is not `ok`. */
export function showUnits(rows: readonly UnitRow[], reader: Reader, screen: Screen): void {
  const hasSeveral = new Set(rows.map(({ kind }) => kind)).size > 1;
  const isAllWell = rows.every(({ unit }) => unitState(unit) === 'ok');
  const head: TableColumn[] = [
    ...[{ title: 'unit' }, { title: 'month' }, { title: 'about' }],
    ...[
      { title: 'records', isNumber: true },
      { title: 'author', mayShrink: true },
    ],
    { title: 'written' },
    ...(isAllWell ? [] : [{ title: 'state' }]),
    ...(hasSeveral ? [{ title: 'chart' }] : []),
  ];
  const cells = rows.map(({ kind, unit }): Cell[] => [
    shortId(unitId(unit)),
    monthText(unit.caption?.month ?? 0) ?? '',
    unit.caption?.kind ?? '',
    `${unit.recordCount}`,
    authorText(unit, reader),
    isoTime(unit.time).slice(0, DATE_LETTERS),
    ...(isAllWell ? [] : [stateCell(unit, screen)]),
    ...(hasSeveral ? [kind] : []),
  ]);
  screen.table(head, cells, 'There are no units yet. Add some: ward record add FILE');
  if (rows.length > 0 && isAllWell) screen.line(`${counted(rows.length, 'unit')}, all in order.`);
}

function stateCell(unit: UnitSummary, screen: Screen): Cell {
  const state = unitState(unit);
  if (state === 'ok') return state;
  return screen.cell(state === 'erased' ? 'quiet' : 'warning', state);
}

/** The organisation in whose slot a unit stands, and who wrote there. */
function authorText({ organisation, author }: UnitSummary, { names, ownerIs }: Reader): string {
  if (organisation === null) return ownerIs;
  const name = names.of(organisation);
  return author === undefined ? name : `${name}, ${printable(author.credential)}`;
}

/** Organisations that units name, for {@link Names.learn}. */
export function authorsOf(rows: readonly UnitRow[]): Uint8Array[] {
  return rows.flatMap(({ unit }) => (unit.organisation === null ? [] : [unit.organisation]));
}
