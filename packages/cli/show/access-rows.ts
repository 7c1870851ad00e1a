import type { Actor, Entry } from '@ward/charts';
import { type Json, toHex } from '@ward/protocol';
import type { LoggedOpening, LoggedRefusal, OwnersLog } from '@ward/sdk';
import { type Names, shortId } from '../frame/names.ts';
import { printable } from '../frame/printable.ts';
import type { Screen } from '../frame/screen.ts';
import type { Cell } from '../frame/table.ts';
import { counted, isoTime } from './times.ts';

/** The log of one chart, with what its units are about. */
export interface ChartLog {
  readonly kind: string;
  readonly chart: Uint8Array;
  readonly log: OwnersLog;
  /** Whether every grant that was ever made was walked. */
  readonly isWhole: boolean;
  /** What each unit is called, by label. */
  readonly captions: ReadonlyMap<string, string>;
}

function actorJson(actor: Actor | undefined): Json {
  return actor === undefined ? null : { name: actor.name, role: actor.role };
}

function entryJson(entry: Entry | undefined): { readonly [name: string]: Json } {
  if (entry === undefined) return { purpose: null, reason: null, units: [] };
  const { purpose, reason, labels } = entry;
  return { purpose, reason, units: labels.map((label) => toHex(label)) };
}

/** A log as programs read it. */
export function logJson({ kind, chart, log, isWhole }: ChartLog) {
  return {
    ...{ kind, chart: toHex(chart), whole: isWhole },
    height: log.complete.length === 0 ? null : log.height,
    unexplained: log.openings.filter((each) => each.isUnexplained).length,
    grants: log.complete.map(({ leaf, firstAbsent }) => ({ grant: toHex(leaf), firstAbsent })),
    openings: log.openings.map((opening) => ({
      ...{ time: isoTime(opening.time), grant: toHex(opening.leaf), n: opening.n },
      ...{ organisation: toHex(opening.grantee), actor: actorJson(opening.actor) },
      ...entryJson(opening.entry),
      explained: !opening.isUnexplained,
      verdicts: opening.verdicts.map(({ custodian, verdict }) => ({
        ...{ custodian: toHex(custodian), verdict },
      })),
    })),
    refusals: log.refusals.map((refusal) => ({
      ...{ time: isoTime(refusal.time), organisation: toHex(refusal.grantee) },
      ...{ custodian: toHex(refusal.custodian), verdict: refusal.verdict },
      ...{ actor: actorJson(refusal.actor), ...entryJson(refusal.entry) },
    })),
    away: log.away.map((vault) => toHex(vault)),
    counts: log.counts.map(({ time, custodian, count }) => ({
      ...{ time: isoTime(time), custodian: toHex(custodian), count },
    })),
  } satisfies Json;
}

/** Organisations that a log names. */
export function namedIn({ openings, refusals, counts }: OwnersLog): Uint8Array[] {
  return [
    ...counts.map(({ custodian }) => custodian),
    ...openings.map(({ grantee }) => grantee),
    ...refusals.flatMap(({ grantee, custodian }) => [grantee, custodian]),
  ];
}

/** Who looked, then who was refused. */
export function showLog(chartLog: ChartLog, names: Names, screen: Screen): void {
  const { kind, log } = chartLog;
  screen.line(`${kind}  ${shortId(chartLog.chart)}`, 'strong');
  if (log.openings.length === 0) screen.line('Nobody has opened anything.', 'quiet');
  for (const opening of log.openings) showOpened(opening, { chartLog, names, screen });
  if (log.refusals.length > 0) {
    screen.line();
    screen.line(`${counted(log.refusals.length, 'refusal')} by custodians:`, 'warning');
    screen.table(
      [
        { title: 'when' },
        { title: 'organisation', mayShrink: true },
        { title: 'refused by', mayShrink: true },
        { title: 'code' },
      ],
      log.refusals.map((refusal) => refusalCells(refusal, names)),
      '',
    );
  }
  for (const { time, custodian, count } of log.counts) {
    const more = `${counted(count, 'more notice')}, ${isoTime(time)}`;
    screen.line(`${names.of(custodian)} has counted ${more}.`, 'warning');
  }
  screen.line(completeness(chartLog), chartLog.isWhole ? 'quiet' : 'bad');
}

const PERMITTED = 'PERMITTED';

interface Around {
  readonly chartLog: ChartLog;
  readonly names: Names;
  readonly screen: Screen;
}

function showOpened(opening: LoggedOpening, { chartLog, names, screen }: Around): void {
  const { time, grantee, actor, entry, isUnexplained, verdicts } = opening;
  const when = `${isoTime(time)}  `;
  const behind = ' '.repeat(when.length);
  const organisation = names.of(grantee);
  if (isUnexplained || entry === undefined) {
    screen.hanging(when, `${organisation}: UNEXPLAINED, no custodian told of it`, 'bad');
    return;
  }
  const who = actor === undefined ? 'not said who' : printable(`${actor.name}, ${actor.role}`);
  screen.hanging(when, `${organisation}: ${who}`);
  const why = `${entry.purpose}, ${entry.reason}`;
  const isRefused = verdicts.length > 0 && verdicts.every(({ verdict }) => verdict !== PERMITTED);
  if (isRefused) {
    screen.hanging(behind, `${why}: refused, nothing was opened`, 'warning');
    return;
  }
  const units = entry.labels.map((label) => chartLog.captions.get(toHex(label)) ?? shortId(label));
  screen.hanging(behind, `${why}: ${units.join(', ')}`);
}

function refusalCells({ time, grantee, custodian, verdict }: LoggedRefusal, names: Names): Cell[] {
  return [isoTime(time), names.of(grantee), names.of(custodian), printable(verdict)];
}

function completeness({ log, isWhole }: ChartLog): string {
  const grants = counted(log.complete.length, 'grant');
  if (log.complete.length === 0) return 'No grant was ever made, so nobody could open anything.';
  if (!isWhole) return `Only ${grants} could be walked: the log is not complete.`;
  const away =
    log.away.length === 0 ? '' : ` Mailboxes that could not be read: ${log.away.length}.`;
  const where = `the first empty slot, proved at height ${log.height}`;
  return `Complete: ${grants} walked to ${where}.${away}`;
}
