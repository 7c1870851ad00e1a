import type { ChartKind } from '@ward/charts';
import type { Json } from '@ward/protocol';
import { CHART_CODES, CHART_LABELS, LABEL_SYSTEMS } from './chart-codes.ts';
import { type ClinicalDate, clinicalDateOf } from './clinical-date.ts';
import { refuse } from './errors.ts';
import { listOf, memberOf, textOf } from './json-slices.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';

/** A reference as it stands in a resource. */
export interface ReferenceFact {
  /** As written, without a version behind it: `Patient/1`, `urn:uuid:…`, an absolute URL. */
  readonly target: string;
  /** Nearest element that holds it: `subject`, `reasonReference`. */
  readonly element: string;
  /** Element of the resource itself under which it stands. */
  readonly top: string;
  /** Type that the reference names, in words of its own or in its URL; empty when it does not. */
  readonly type: string;
}

/** What is read of a resource to find its place; its bytes stay where they are. */
export interface ResourceFacts {
  readonly type: string;
  /** Empty where it has none. */
  readonly id: string;
  /** `Type?identifier=system|value`, for conditional references. */
  readonly identifiers: readonly string[];
  readonly references: readonly ReferenceFact[];
  readonly date: ClinicalDate | undefined;
  /** Codes of its categories, in lower case. */
  readonly categories: readonly string[];
  /** Charts that its labels name. */
  readonly labelled: ReadonlySet<ChartKind>;
  /** Charts that its codes name. */
  readonly coded: ReadonlySet<ChartKind>;
}

const RESOURCE_TYPE = /^[A-Z][A-Za-z0-9]*$/;

/** The type of a resource. @throws WardError `RESOURCE_TYPE_MISSING`. */
export function resourceTypeOf(resource: Json, offset: number): string {
  const type = textOf(resource, 'resourceType');
  if (
    type === undefined ||
    !RESOURCE_TYPE.test(type) ||
    type.length > LIMITS.resourceTypeBytesMax
  ) {
    throw refuse('RESOURCE_TYPE_MISSING', { offset });
  }
  return type;
}

/**
 * Reads of a resource what decides its patient, unit, chart and caption. Any resource type is
 * read the same way, those of releases to come too.
 *
 * @throws WardError `RESOURCE_TYPE_MISSING`.
 */
export function readResource(resource: Json, offset: number): ResourceFacts {
  const type = resourceTypeOf(resource, offset);
  const references: ReferenceFact[] = [];
  const coded = new Set<ChartKind>();
  visitObjects(resource, (value, place) => {
    addReference(value, place, references);
    addPatientInside(value, references);
    addCode(value, coded);
  });
  return {
    type,
    id: textOf(resource, 'id') ?? '',
    identifiers: identifiersOf(resource, type),
    references,
    date: clinicalDateOf(resource),
    categories: categoriesOf(resource),
    labelled: labelsOf(resource),
    coded: coded.size === 0 ? NO_CHARTS : coded,
  };
}

interface Place {
  readonly element: string;
  readonly top: string;
}

/** Visits all objects in a resource in order, on a stack of its own; its `meta` is left out. */
function visitObjects(
  resource: Json,
  visit: (value: { readonly [name: string]: Json }, place: Place) => void,
): void {
  const waiting: (Place & { value: Json })[] = [{ value: resource, element: '', top: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, element, top } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i--) waiting.push({ value: value[i], element, top });
      continue;
    }
    const holder = value as { readonly [name: string]: Json };
    visit(holder, { element, top });
    const names = Object.keys(holder);
    for (let i = names.length - 1; i >= 0; i--) {
      const name = names[i]!;
      const child = holder[name]!;
      if (typeof child !== 'object' || (top === '' && name === 'meta')) continue;
      waiting.push({ value: child, element: name, top: top === '' ? name : top });
    }
  }
}

const VERSION = /\/_history\/[^/]*$/;
const TYPED_PATH = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}$/;
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?/;
/** Attachments point to a Binary by a plain URL. */
const BINARY_URL = /^urn:(?:uuid|oid):|(?:^|\/)Binary\/[A-Za-z0-9.-]{1,64}$/;

function addReference(
  value: { readonly [name: string]: Json },
  place: Place,
  references: ReferenceFact[],
): void {
  const { reference, url } = value;
  if (typeof reference === 'string' && reference !== '' && !reference.startsWith('#')) {
    const target = reference.replace(VERSION, '');
    const named = TYPED_PATH.exec(target)?.[1] ?? CONDITIONAL.exec(target)?.[1];
    references.push({ ...place, target, type: named ?? textOf(value, 'type') ?? '' });
  } else if (
    typeof url === 'string' &&
    BINARY_URL.test(url) &&
    !Object.hasOwn(value, 'extension')
  ) {
    references.push({ ...place, target: url.replace(VERSION, ''), type: 'Binary' });
  }
}

/** Whose a bundle is that stays whole: that of the patient in it. */
function addPatientInside(
  value: { readonly [name: string]: Json },
  references: ReferenceFact[],
): void {
  const { resource } = value;
  if (resource === undefined || textOf(resource, 'resourceType') !== 'Patient') return;
  const id = textOf(resource, 'id');
  const target = id === undefined ? (textOf(value, 'fullUrl') ?? '') : `Patient/${id}`;
  references.push({ element: 'patient', top: 'patient', target, type: 'Patient' });
}

interface CodeIndex {
  readonly whole: ReadonlyMap<string, ChartKind>;
  readonly prefixes: ReadonlyMap<string, readonly (readonly [prefix: string, ChartKind])[]>;
}

function indexCodes(): CodeIndex {
  const whole = new Map<string, ChartKind>();
  const prefixes = new Map<string, (readonly [string, ChartKind])[]>();
  for (const row of CHART_CODES) {
    for (const code of row.codes ?? []) whole.set(`${row.system}|${code}`, row.chart);
    const known = prefixes.get(row.system) ?? [];
    known.push(...(row.prefixes ?? []).map((prefix) => [prefix, row.chart] as const));
    prefixes.set(row.system, known);
  }
  return { whole, prefixes };
}

const CODES = indexCodes();

function addCode(value: { readonly [name: string]: Json }, charts: Set<ChartKind>): void {
  const { system, code } = value;
  if (typeof system !== 'string' || typeof code !== 'string') return;
  const whole = CODES.whole.get(`${system}|${code}`);
  if (whole !== undefined) charts.add(whole);
  // Labels of contained resources, and of those in a bundle that stays whole.
  if (LABEL_SYSTEMS.has(system) && Object.hasOwn(CHART_LABELS, code)) {
    charts.add(CHART_LABELS[code]!);
  }
  for (const [prefix, chart] of CODES.prefixes.get(system) ?? []) {
    if (code.toUpperCase().startsWith(prefix)) charts.add(chart);
  }
}

/** Most resources have none; a set for each would take much of the memory. */
const NO_CHARTS: ReadonlySet<ChartKind> = new Set();

function labelsOf(resource: Json): ReadonlySet<ChartKind> {
  const labels = listOf(memberOf(resource, 'meta'), 'security');
  if (labels.length === 0) return NO_CHARTS;
  const charts = new Set<ChartKind>();
  for (const label of labels) {
    const system = textOf(label, 'system');
    const code = textOf(label, 'code');
    if (code === undefined || !Object.hasOwn(CHART_LABELS, code)) continue;
    if (system === undefined || LABEL_SYSTEMS.has(system)) charts.add(CHART_LABELS[code]!);
  }
  return charts;
}

/** `category` is a CodeableConcept or a list of them, elsewhere a bare code. */
function categoriesOf(resource: Json): string[] {
  const category = memberOf(resource, 'category');
  const concepts = Array.isArray(category) ? (category as readonly Json[]) : [category ?? null];
  return concepts
    .flatMap((concept) => listOf(concept, 'coding'))
    .map((coding) => (textOf(coding, 'code') ?? '').toLowerCase());
}

function identifiersOf(resource: Json, type: string): string[] {
  return listOf(resource, 'identifier')
    .slice(0, LIMITS.identifiersMax)
    .map((identifier) => {
      const system = textOf(identifier, 'system') ?? '';
      return `${type}?identifier=${system}|${textOf(identifier, 'value') ?? ''}`;
    });
}
