import {
  type Caption,
  type CaptionKind,
  CHART_LIMITS,
  type ChartKind,
  type RecordMetadata,
} from '@ward/charts';
import { type Crypto, toHex } from '@ward/protocol';
import { assignPatients, type Ownership } from './assign-patients.ts';
import { captionKindOf, captionKindOfAll } from './caption-kind.ts';
import { chartChoices, heldChart } from './choose-charts.ts';
import { dayNumber, monthNumber } from './clinical-date.ts';
import { groupResources } from './group-resources.ts';
import { type IngestInput, readInputs } from './read-inputs.ts';
import { type InputNode, ResourceGraph } from './resource-graph.ts';

/** A record that is ready to be written. */
export interface PlannedRecord {
  readonly metadata: RecordMetadata;
  /** Bytes as received: a view of the input. */
  readonly bytes: Uint8Array;
}

/** What one opening will release. */
export interface PlannedUnit {
  readonly chart: ChartKind;
  readonly caption: Caption;
  readonly records: readonly PlannedRecord[];
}

/** All units of one patient. */
export interface PatientPlan {
  /**
   * `Patient/id`, or another reference by which the input calls the patient; undefined for what
   * names no patient: a PDF, or a list of practitioners.
   */
  readonly patient: string | undefined;
  readonly units: readonly PlannedUnit[];
}

export interface IngestOptions {
  /** Kinds of the charts that a patient has, or that the writer has cards for. */
  readonly chartsOf: (patient: string | undefined) => readonly ChartKind[];
  /** Puts everything into this chart, whatever labels and codes say. */
  readonly chart?: ChartKind;
}

/**
 * Turns files into units: FHIR R4 resources, bundles and NDJSON, PDFs, images, anything else.
 * Everything of the input is in the plan: what belongs to a patient once, demographics and what
 * others refer to (practitioners, places …) once in each of the patient's charts.
 *
 * @throws WardError `INPUT_*`, `JSON_*`, `TEXT_INVALID`, `RESOURCE_TYPE_MISSING`, `BUNDLE_INVALID`.
 * @example
 * const options = { chartsOf: () => ['general', 'medications'] as const };
 * const [plan] = planIngest([{ bytes, name: 'bundle.json' }], options, crypto);
 */
export function planIngest(
  inputs: readonly IngestInput[],
  options: IngestOptions,
  crypto: Pick<Crypto, 'sha256'>,
): PatientPlan[] {
  const graph = new ResourceGraph(readInputs(inputs, crypto));
  const ownership = assignPatients(graph);
  const groups = groupResources(graph, ownership);
  const choices = chartChoices(graph);
  const { chart } = options;
  return byPatient(ownership).map(({ patient, indexes }) => {
    const held = options.chartsOf(patient);
    const drafts = new Drafts(graph, ownership);
    for (const index of indexes) {
      const wanted = chart === undefined ? choices[index]! : [chart];
      drafts.add(index, heldChart(wanted, held), groups[index]!);
    }
    return { patient, units: drafts.units() };
  });
}

interface PatientResources {
  readonly patient: string | undefined;
  readonly indexes: number[];
}

/** Resources that are not shared, by patient, in the order in which they come. */
function byPatient({ patients, shared }: Ownership): PatientResources[] {
  const found = new Map<string | undefined, PatientResources>();
  patients.forEach((patient, index) => {
    if (shared.has(index)) return;
    const one = found.get(patient);
    if (one === undefined) found.set(patient, { patient, indexes: [index] });
    else one.indexes.push(index);
  });
  return [...found.values()];
}

const PATIENT_GROUP = 'patient';

/** A unit that is being put together. */
interface Draft {
  readonly chart: ChartKind;
  readonly group: string;
  readonly indexes: number[];
}

/** Units of one patient. */
class Drafts {
  readonly #graph: ResourceGraph;
  readonly #ownership: Ownership;
  readonly #drafts = new Map<string, Draft>();

  constructor(graph: ResourceGraph, ownership: Ownership) {
    this.#graph = graph;
    this.#ownership = ownership;
  }

  add(index: number, chart: ChartKind, group: string): void {
    const key = `${chart} ${group}`;
    const draft = this.#drafts.get(key);
    if (draft === undefined) this.#drafts.set(key, { chart, group, indexes: [index] });
    else draft.indexes.push(index);
  }

  /** Demographics first, then by date; what has none comes last. */
  units(): PlannedUnit[] {
    this.#copyDemographics();
    const dated = [...this.#drafts.values()].map((draft) => ({
      draft,
      day: draft.group === PATIENT_GROUP ? Number.NEGATIVE_INFINITY : this.#dayOf(draft),
    }));
    // Equal infinities have no difference; the sort is stable, and the order of the file stays.
    dated.sort((a, b) => (a.day === b.day ? 0 : a.day - b.day));
    const placed = new Map<ChartKind, Set<number>>();
    const digests = new Map<ChartKind, Set<string>>();
    return dated.flatMap(({ draft }) => {
      const shared = this.#sharedBy(draft, setOf(placed, draft.chart));
      const records = this.#recordsOf([...draft.indexes, ...shared], setOf(digests, draft.chart));
      return this.#split(draft, records);
    });
  }

  /** Every chart has the demographics: none can be found from another. */
  #copyDemographics(): void {
    const drafts = [...this.#drafts.values()];
    const own = drafts.filter(({ group }) => group === PATIENT_GROUP);
    const patients = own.flatMap(({ indexes }) => indexes).sort((a, b) => a - b);
    if (patients.length === 0) return;
    for (const chart of new Set(drafts.map((draft) => draft.chart))) {
      this.#drafts.set(`${chart} ${PATIENT_GROUP}`, {
        chart,
        group: PATIENT_GROUP,
        indexes: [...patients],
      });
    }
  }

  #nodeOf(index: number): InputNode {
    return this.#graph.nodes[index]!;
  }

  #kindOf(index: number): CaptionKind {
    const { facts, mediaType } = this.#nodeOf(index);
    return captionKindOf(facts, mediaType);
  }

  #kindOfDraft({ group, indexes }: Draft): CaptionKind {
    const head = headOf(group);
    if (head !== undefined && indexes.includes(head)) return this.#kindOf(head);
    return captionKindOfAll(indexes.map((index) => this.#kindOf(index)));
  }

  /** Date of the encounter or document that a unit is of, else the first of its dates. */
  #dateOf({ group, indexes }: Draft) {
    const head = headOf(group);
    const named = head === undefined ? undefined : this.#nodeOf(head).facts.date;
    if (named !== undefined) return named;
    const dates = indexes.flatMap((index) => this.#nodeOf(index).facts.date ?? []);
    return dates.sort((a, b) => dayNumber(a) - dayNumber(b))[0];
  }

  #dayOf(draft: Draft): number {
    const date = this.#dateOf(draft);
    return date === undefined ? Number.POSITIVE_INFINITY : dayNumber(date);
  }

  /** Shared resources that a unit needs and that no unit before it has; theirs too. */
  #sharedBy({ indexes }: Draft, placed: Set<number>): number[] {
    const found: number[] = [];
    const waiting = [...indexes].reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const { target } of this.#graph.forward[next]!) {
        if (!this.#ownership.shared.has(target) || placed.has(target)) continue;
        placed.add(target);
        found.push(target);
        waiting.push(target);
      }
    }
    return found.sort((a, b) => a - b);
  }

  /** Records of resources, each content once in a chart. */
  #recordsOf(indexes: readonly number[], digests: Set<string>): PlannedRecord[] {
    return indexes.flatMap((index) => {
      const { facts, bytes, mediaType, name, inputDigest } = this.#nodeOf(index);
      const digest = toHex(inputDigest);
      if (digests.has(digest)) return [];
      digests.add(digest);
      const sizeBytes = bytes.length;
      const metadata = { mediaType, resourceType: facts.type, name, inputDigest, sizeBytes };
      return [{ metadata, bytes }];
    });
  }

  #split(draft: Draft, records: readonly PlannedRecord[]): PlannedUnit[] {
    const { chart } = draft;
    const date = this.#dateOf(draft);
    const caption = {
      kind: this.#kindOfDraft(draft),
      month: date === undefined ? 0 : monthNumber(date),
    };
    const units: PlannedUnit[] = [];
    for (let at = 0; at < records.length; at += CHART_LIMITS.recordsPerUnitMax) {
      units.push({
        chart,
        caption,
        records: records.slice(at, at + CHART_LIMITS.recordsPerUnitMax),
      });
    }
    return units;
  }
}

/** The encounter or document that a group is named after, when it is in the input. */
function headOf(group: string): number | undefined {
  const head = /^(?:encounter|document) #(\d+)$/.exec(group)?.[1];
  return head === undefined ? undefined : Number(head);
}

function setOf<V>(sets: Map<ChartKind, Set<V>>, chart: ChartKind): Set<V> {
  let set = sets.get(chart);
  if (set === undefined) {
    set = new Set();
    sets.set(chart, set);
  }
  return set;
}
