import { toHex, WardError } from '@ward/protocol';
import type { KeptChart, OpenRecord, PersonWard } from '@ward/sdk';
import { listUnits, type OwnUnit, unitId } from '../find/find-unit.ts';
import { shortId } from '../frame/names.ts';
import type { PersonSession } from '../frame/session.ts';

/** Where records are exported to. */
export interface ExportSink {
  /** @returns Whether the record fits there. */
  put(place: { readonly kind: string; readonly unit: string }, record: OpenRecord): boolean;
  end(): void;
}

/** What an export came to. */
export interface Exported {
  readonly records: number;
  /** Records that the sink does not take. */
  readonly leftOut: number;
  readonly broken: readonly { readonly unit: string; readonly code: string }[];
}

export interface ExportOptions {
  readonly ward: PersonWard;
  readonly sink: ExportSink;
  readonly progress: PersonSession['progress'];
}

/** Opens and writes every record of some charts; a unit that does not open is told, not hidden. */
export async function exportAll(
  charts: readonly KeptChart[],
  { ward, sink, progress }: ExportOptions,
): Promise<Exported> {
  const units = await listUnits(charts, ward);
  const bar = progress('Exporting');
  const broken: { unit: string; code: string }[] = [];
  let records = 0;
  let leftOut = 0;
  for (const [i, own] of units.entries()) {
    bar.update({ done: i, total: units.length, unit: 'units' });
    if (own.unit.isErased) continue;
    const place = { kind: own.kept.kind, unit: shortId(unitId(own.unit)) };
    try {
      for (const record of await open(own, ward)) {
        if (sink.put(place, record)) records++;
        else leftOut++;
      }
    } catch (error) {
      if (!(error instanceof WardError) || error.kind.status === UNAVAILABLE) throw error;
      if (error.code.startsWith('FILE_')) throw error;
      broken.push({ unit: toHex(unitId(own.unit)), code: error.code });
    }
  }
  bar.end();
  sink.end();
  return { records, leftOut, broken };
}

const UNAVAILABLE = 503;

function open({ kept, unit }: OwnUnit, ward: PersonWard): Promise<OpenRecord[]> {
  return ward.records.open(kept.chart, unit);
}
