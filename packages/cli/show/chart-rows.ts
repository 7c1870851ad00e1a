import { currentRelease } from '@ward/charts';
import { hasCode, type Json, toHex } from '@ward/protocol';
import type { ChartView, KeptChart, PersonWard } from '@ward/sdk';
import type { Names } from '../frame/names.ts';
import { isoTime } from './times.ts';

/** A chart of a person's as programs read it. */
export function chartJson(kept: KeptChart, view: ChartView | undefined) {
  const release = view === undefined ? undefined : currentRelease(view.current.header);
  return {
    chart: toHex(kept.chart),
    kind: kept.kind,
    state: stateOf(kept, view),
    made: isoTime(kept.madeAt),
    epoch: view?.current.header.epoch.number ?? null,
    version: view?.current.header.version ?? null,
    vaults: kept.vaults.map(toHex),
    custodians: release?.custodians.map(({ organisation }) => toHex(organisation)) ?? [],
    threshold: release?.commitments.length ?? null,
    grants: [...kept.grants.values()].filter(({ isRevoked }) => !isRevoked).length,
    height: view?.height ?? null,
  } satisfies Json;
}

/** The chart as its vaults show it; undefined where none gives the header that counts. */
export async function viewIfGiven(
  kept: KeptChart,
  ward: PersonWard,
): Promise<ChartView | undefined> {
  if (kept.isErased) return undefined;
  try {
    return await ward.charts.view(kept.chart);
  } catch (error) {
    if (hasCode(error, 'HEADER_WITHHELD')) return undefined;
    throw error;
  }
}

/**
 * `open`, `frozen` or `erased`; `unfinished` where its making was cut short, `withheld` where no
 * vault gives its newest header.
 */
export function stateOf(kept: KeptChart, view: ChartView | undefined): string {
  if (kept.isErased) return 'erased';
  return view?.current.header.state ?? (kept.version < 0 ? 'unfinished' : 'withheld');
}

/** Who keeps and who releases a chart, in words. */
export function keepersOf(
  kept: KeptChart,
  view: ChartView | undefined,
  names: Names,
): { readonly vaults: string; readonly custodians: string } {
  const release = view === undefined ? undefined : currentRelease(view.current.header);
  const custodians = release?.custodians.map(({ organisation }) => names.of(organisation)) ?? [];
  const threshold = release?.commitments.length ?? 0;
  return {
    vaults: kept.vaults.map((id) => names.of(id)).join(', '),
    custodians:
      release === undefined
        ? custodiansUnknown(view)
        : `${threshold} of ${custodians.length}: ${custodians.join(', ')}`,
  };
}

/** Nothing is known of a chart whose header nobody gives. */
function custodiansUnknown(view: ChartView | undefined): string {
  return view === undefined ? '' : 'none: readable offline, without a log';
}
