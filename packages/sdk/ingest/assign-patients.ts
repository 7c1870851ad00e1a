import { INGEST_LIMITS as LIMITS } from './limits.ts';
import type { GraphReference, ResourceGraph } from './resource-graph.ts';

/** Elements by which FHIR says whose a resource is. */
const OWNER_ELEMENTS = new Set([
  ...['patient', 'subject', 'beneficiary', 'individual', 'for', 'candidate'],
]);
const SEVERAL = Symbol('several patients');
type Owner = string | typeof SEVERAL | undefined;

/** Whose the resources are. */
export interface Ownership {
  /** Reference of each resource's patient; undefined where it has none, or more than one. */
  readonly patients: readonly (string | undefined)[];
  /** Resources of nobody that go along with those that refer to them: practitioners, places … */
  readonly shared: ReadonlySet<number>;
}

/**
 * Finds the patient of each resource: the one that it names, else that of the resources that it
 * refers to. What has none is shared by those who need it; what is left over belongs to the only
 * patient there is, or else to nobody.
 */
export function assignPatients(graph: ResourceGraph): Ownership {
  const keys = patientKeys(graph);
  const owners: Owner[] = graph.nodes.map((node, index) =>
    node.facts.type === 'Patient' ? keys.get(index) : namedOwner(graph, index, keys),
  );
  spreadOwners(graph, owners);
  const patients = new Set(owners.filter((owner) => typeof owner === 'string'));
  const shared = new Set<number>();
  const waiting = owners.flatMap((owner, index) => (owner !== undefined ? [index] : []));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { target } of graph.forward[next]!) {
      if (owners[target] !== undefined || shared.has(target)) continue;
      shared.add(target);
      waiting.push(target);
    }
  }
  const only = patients.size === 1 ? [...patients][0] : undefined;
  return {
    shared,
    patients: owners.map((owner, index) => {
      if (typeof owner === 'string') return owner;
      return owner === undefined && !shared.has(index) ? only : undefined;
    }),
  };
}

/**
 * What the patients of the input are called: `Patient/id`, or where several have that id the URL of
 * each one's entry.
 */
function patientKeys({ nodes }: ResourceGraph): Map<number, string> {
  const urls = new Map<string, Set<string>>();
  for (const { fullUrl, facts } of nodes) {
    if (facts.type !== 'Patient' || facts.id === '') continue;
    const known = urls.get(facts.id);
    if (known === undefined) urls.set(facts.id, new Set([fullUrl]));
    else known.add(fullUrl);
  }
  const keys = new Map<number, string>();
  nodes.forEach(({ fullUrl, facts }, index) => {
    if (facts.type !== 'Patient') return;
    const isOnly = (urls.get(facts.id)?.size ?? 0) === 1;
    if (facts.id !== '' && (isOnly || fullUrl === '')) keys.set(index, `Patient/${facts.id}`);
    else keys.set(index, fullUrl === '' ? `#${index}` : fullUrl);
  });
  return keys;
}

function patientOf(reference: GraphReference, keys: ReadonlyMap<number, string>) {
  if (reference.isResolved) return keys.get(reference.node);
  const { type, target, element } = reference;
  if (type === 'Patient') return target;
  const isUntyped = type === '' && target.startsWith('urn:');
  return isUntyped && OWNER_ELEMENTS.has(element) ? target : undefined;
}

function namedOwner(graph: ResourceGraph, index: number, keys: ReadonlyMap<number, string>): Owner {
  const own = new Set<string>();
  const any = new Set<string>();
  for (const reference of graph.references[index]!) {
    const patient = patientOf(reference, keys);
    if (patient === undefined) continue;
    any.add(patient);
    if (OWNER_ELEMENTS.has(reference.top)) own.add(patient);
  }
  const named = own.size > 0 ? own : any;
  return named.size > 1 ? SEVERAL : [...named][0];
}

/** A resource without a patient has that of the resources that it refers to. */
function spreadOwners(graph: ResourceGraph, owners: Owner[]): void {
  for (let step = 0; step < LIMITS.spreadStepsMax; step++) {
    const found: [index: number, owner: Owner][] = [];
    owners.forEach((owner, index) => {
      if (owner !== undefined) return;
      const others = new Set(graph.forward[index]!.map(({ target }) => owners[target]));
      others.delete(undefined);
      if (others.size > 0) found.push([index, others.size > 1 ? SEVERAL : [...others][0]]);
    });
    if (found.length === 0) return;
    for (const [index, owner] of found) owners[index] = owner;
  }
}
