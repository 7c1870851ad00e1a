import type { Ownership } from './assign-patients.ts';
import { dateText, dayNumber } from './clinical-date.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';
import type { GraphReference, ResourceGraph } from './resource-graph.ts';

/** Types that span encounters: they join none by way of others, and lead no other to one. */
const LONGITUDINAL_TYPES = new Set([
  ...[
    'Account',
    'Bundle',
    'CareTeam',
    'Composition',
    'Consent',
    'Contract',
    'Coverage',
    'DocumentManifest',
  ],
  ...['EpisodeOfCare', 'Group', 'List', 'MessageHeader', 'Patient', 'Person', 'RelatedPerson'],
]);
/** Types that are documents or reports, those that hold others first. */
const DOCUMENT_TYPES = [
  ...['Composition', 'Bundle', 'DocumentManifest', 'DiagnosticReport', 'DocumentReference'],
  ...['QuestionnaireResponse', 'Consent', 'Contract'],
];

/**
 * Demographics; encounters, following references; documents and reports; the rest by type and day.
 *
 * @returns Name of each resource's group, undefined for shared ones; the resources of one patient
 * and group make a unit in each of the charts that they belong to.
 */
export function groupResources(graph: ResourceGraph, ownership: Ownership): (string | undefined)[] {
  const groups: (string | undefined)[] = graph.nodes.map(({ facts }, index) => {
    if (ownership.shared.has(index)) return undefined;
    if (facts.type === 'Patient') return 'patient';
    if (facts.type === '') return `file ${index}`;
    return namedEncounter(graph, index);
  });
  followEncounters(graph, ownership, groups);
  followDocuments(graph, ownership, groups);
  graph.nodes.forEach(({ facts }, index) => {
    if (groups[index] !== undefined || ownership.shared.has(index)) return;
    const { type, date } = facts;
    groups[index] = `type ${type} ${date === undefined ? '' : dateText(date)}`;
  });
  return groups;
}

function isEncounter(reference: GraphReference): boolean {
  if (reference.type === 'Encounter') return true;
  const { isResolved, type, target, element } = reference;
  return !isResolved && type === '' && target.startsWith('urn:') && element === 'encounter';
}

/** The encounter that a resource is, or names in `encounter`, `context` or deeper. */
function namedEncounter(graph: ResourceGraph, index: number): string | undefined {
  if (graph.typeOf(index) === 'Encounter') return `encounter #${index}`;
  const encounters = graph.references[index]!.filter(isEncounter);
  const named =
    encounters.find(({ top }) => top === 'encounter') ??
    encounters.find(({ top }) => top === 'context') ??
    (LONGITUDINAL_TYPES.has(graph.typeOf(index)) ? undefined : encounters[0]);
  if (named === undefined) return undefined;
  return `encounter ${named.isResolved ? `#${named.node}` : named.target}`;
}

function isNear(graph: ResourceGraph, a: number, b: number): boolean {
  const [one, other] = [graph.nodes[a]!.facts.date, graph.nodes[b]!.facts.date];
  if (one === undefined || other === undefined) return true;
  return Math.abs(dayNumber(one) - dayNumber(other)) <= LIMITS.followDaysMax;
}

/**
 * A resource that names no encounter joins that of the nearest resource that it refers to, else of
 * the nearest that refers to it, in a few steps, when their dates are near: a prescription of today
 * for a diagnosis of long ago is no part of that visit.
 */
function followEncounters(
  graph: ResourceGraph,
  { patients, shared }: Ownership,
  groups: (string | undefined)[],
): void {
  const follows = (index: number) => !LONGITUDINAL_TYPES.has(graph.typeOf(index));
  const free = graph.nodes.flatMap((_, index) =>
    groups[index] === undefined && !shared.has(index) && follows(index) ? [index] : [],
  );
  for (let step = 0; step < LIMITS.followStepsMax; step++) {
    const found: [index: number, group: string][] = [];
    for (const index of free) {
      if (groups[index] !== undefined) continue;
      const neighbours = [...graph.forward[index]!, ...graph.backward[index]!];
      const next = neighbours.find(
        ({ target }) =>
          groups[target]?.startsWith('encounter ') &&
          follows(target) &&
          patients[target] === patients[index] &&
          isNear(graph, index, target),
      );
      if (next !== undefined) found.push([index, groups[next.target]!]);
    }
    if (found.length === 0) return;
    for (const [index, group] of found) groups[index] = group;
  }
}

/** What a document lists is in it, however old; a report only tells of its own days. */
const HOLDING_TYPES = new Set(['Composition', 'DocumentManifest']);

/** A document or report takes with it what it refers to, and what that refers to. */
function followDocuments(
  graph: ResourceGraph,
  { patients, shared }: Ownership,
  groups: (string | undefined)[],
): void {
  const isFree = (index: number) => groups[index] === undefined && !shared.has(index);
  for (const type of DOCUMENT_TYPES) {
    graph.nodes.forEach(({ facts }, root) => {
      if (facts.type !== type || !isFree(root)) return;
      groups[root] = `document #${root}`;
      const waiting = [root];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        for (const { target } of graph.forward[next]!) {
          if (!isFree(target) || patients[target] !== patients[root]) continue;
          if (!HOLDING_TYPES.has(type) && !isNear(graph, root, target)) continue;
          groups[target] = `document #${root}`;
          waiting.push(target);
        }
      }
    });
  }
}
