import { type Card, CHART_KINDS } from '@ward/charts';
import { type ChartId, word } from '@ward/protocol';
import type { KeptChart, OrganisationWard, PersonWard } from '@ward/sdk';
import { findOne } from './find-one.ts';

const KIND = word('chart');

/**
 * A chart of the person's own: by its kind, which means the one that is not erased, or by its id.
 *
 * @throws WardError `ID_*`, `CHART_UNKNOWN`.
 */
export function findChart(wanted: string, { keys }: PersonWard): KeptChart {
  const kind = CHART_KINDS.find((each) => each === wanted.toLowerCase());
  if (kind !== undefined) return keys.chart(kind);
  return findOne(wanted, { items: keys.charts, idOf: ({ chart }) => chart, kind: KIND });
}

/** The charts that were named, or all that are not erased. */
export function findCharts(wanted: string | undefined, ward: PersonWard): readonly KeptChart[] {
  if (wanted !== undefined) return [findChart(wanted, ward)];
  return ward.keys.charts.filter(({ isErased }) => !isErased);
}

/** A card of an organisation, with the id of its chart. */
export interface HeldCard {
  readonly chart: ChartId;
  readonly card: Card;
}

/**
 * The card of a chart: by the chart's id, or by its kind where the organisation has one card of it.
 *
 * @throws WardError `ID_*`.
 */
export function findCard(wanted: string, { keys }: OrganisationWard): HeldCard {
  return findOne(wanted, {
    items: [...keys.state.cards.values()],
    idOf: ({ chart }) => chart,
    nameOf: ({ card }) => card.kind,
    kind: KIND,
  });
}
