import type { ChartKind } from '@ward/charts';
import { word } from '@ward/protocol';
import { CHART_ORDER, CHART_TYPES } from './chart-codes.ts';
import { refuse } from './errors.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';
import type { ResourceGraph } from './resource-graph.ts';

/** Elements whose targets are parts of a resource: what a sensitive report lists is sensitive. */
const PART_ELEMENTS = new Set([
  ...['result', 'hasMember', 'goal', 'entry', 'imagingStudy', 'link', 'content', 'attachment'],
]);
/** Referring to these says nothing of what they are about. */
const NEUTRAL_TYPES = new Set(['Encounter', 'EpisodeOfCare', 'Patient', 'Group', 'RelatedPerson']);

type Charts = readonly ChartKind[];

/** Where each resource would belong, the first choice first, `general` last. */
export function chartChoices(graph: ResourceGraph): Charts[] {
  const sensitive = graph.nodes.map(({ facts }) => new Set([...facts.labelled, ...facts.coded]));
  graph.nodes.forEach(({ facts }, index) => {
    const chart = CHART_TYPES[facts.type];
    if (chart !== undefined && chart !== 'medications') sensitive[index]!.add(chart);
  });
  spread(sensitive, (index) =>
    graph.forward[index]!.filter(({ element }) => PART_ELEMENTS.has(element)).map(
      ({ target }) => target,
    ),
  );
  // Whatever refers to something sensitive tells of it: a claim for it, a medication because of it.
  spread(sensitive, (index) =>
    NEUTRAL_TYPES.has(graph.typeOf(index))
      ? []
      : graph.backward[index]!.map(({ target }) => target),
  );
  return graph.nodes.map(({ facts }, index) => {
    const typed = CHART_TYPES[facts.type];
    return [
      ...CHART_ORDER.filter((chart) => facts.labelled.has(chart)),
      ...CHART_ORDER.filter((chart) => sensitive[index]!.has(chart)),
      ...(typed === undefined ? [] : [typed]),
      'general',
    ];
  });
}

/** Gives what each resource has to its neighbours, theirs to their neighbours and so on. */
function spread(
  sets: readonly Set<ChartKind>[],
  neighbours: (index: number) => readonly number[],
): void {
  let changed = sets.flatMap((set, index) => (set.size > 0 ? [index] : []));
  for (let step = 0; step < LIMITS.spreadStepsMax && changed.length > 0; step++) {
    const next = new Set<number>();
    for (const index of changed) {
      for (const neighbour of neighbours(index)) {
        const known = sets[neighbour]!.size;
        for (const chart of sets[index]!) sets[neighbour]!.add(chart);
        if (sets[neighbour]!.size > known) next.add(neighbour);
      }
    }
    changed = [...next];
  }
}

/**
 * The first of the choices that the patient has.
 *
 * @throws WardError `INPUT_CHART_MISSING`.
 */
export function heldChart(choices: Charts, held: Charts): ChartKind {
  const chart = choices.find((one) => held.includes(one));
  if (chart === undefined) throw refuse('INPUT_CHART_MISSING', { chart: chartWord(choices) });
  return chart;
}

const CHART_WORDS = {
  general: word('general'),
  medications: word('medications'),
  'mental-health': word('mental-health'),
  genomics: word('genomics'),
  'reproductive-health': word('reproductive-health'),
  'substance-use': word('substance-use'),
  'emergency-summary': word('emergency-summary'),
} satisfies { readonly [kind in ChartKind]: unknown };

/** Only of the last choice, `general` or what the caller named: the others tell too much. */
function chartWord(choices: Charts) {
  return CHART_WORDS[choices.at(-1) ?? 'general'];
}
