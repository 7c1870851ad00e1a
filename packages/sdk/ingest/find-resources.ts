import { refuse } from './errors.ts';
import { type LongEnds, scanJson } from './json-scanner.ts';
import {
  findMembers,
  itemsOf,
  readJson,
  type ScannedJson,
  type Slice,
  skipSpace,
} from './json-slices.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';
import type { InputForm } from './media-types.ts';

/** A resource where it stands in its file. */
export interface FoundResource extends Slice {
  /** URL by which the entries of its bundle refer to it; empty where it has none. */
  readonly fullUrl: string;
}

const LINE_FEED = 0x0a;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;

/**
 * Checks a JSON or NDJSON file and finds its resources: itself, or the entries of a bundle, those
 * of bundles in entries too. A signed bundle is one resource: in pieces its signature would fit
 * nothing.
 *
 * @returns undefined when the file is well-formed JSON and no FHIR.
 * @throws WardError `JSON_*`, `TEXT_INVALID`, `INPUT_TOO_MANY`, `RESOURCE_TYPE_MISSING`,
 * `BUNDLE_INVALID`.
 */
export function findResources(
  bytes: Uint8Array,
  form: Exclude<InputForm, 'file'>,
): FoundResource[] | undefined {
  const start = skipSpace(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (start === bytes.length) throw refuse('INPUT_EMPTY');
  if (form === 'ndjson') return resourcesOnLines(bytes, start);
  const longEnds: LongEnds = new Map();
  const end = scanJson(bytes, { start }, longEnds);
  const trailing = skipSpace(bytes, end);
  if (trailing < bytes.length) {
    if (form === 'json') throw refuse('JSON_TRAILING', { offset: trailing });
    return resourcesOnLines(bytes, start);
  }
  const json = { bytes, longEnds };
  if (bytes[start] !== OPEN_OBJECT || typeOf(json, start) === undefined) return undefined;
  return unpack(json, { start, end, fullUrl: '' }, []);
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** NDJSON: a resource on each line that is not empty. */
function resourcesOnLines(bytes: Uint8Array, first: number): FoundResource[] {
  const found: FoundResource[] = [];
  for (let start = first; start < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const lineEnd = feed < 0 ? bytes.length : feed;
    const longEnds: LongEnds = new Map();
    const end = scanJson(bytes, { start, end: lineEnd }, longEnds);
    const trailing = skipSpace(bytes, end, lineEnd);
    if (trailing < lineEnd) throw refuse('JSON_TRAILING', { offset: trailing });
    unpack({ bytes, longEnds }, { start, end, fullUrl: '' }, found);
    start = skipSpace(bytes, lineEnd);
  }
  return found;
}

function typeOf(json: ScannedJson, start: number): string | undefined {
  const { resourceType } = findMembers(json, start, ['resourceType']);
  const type = resourceType === undefined ? undefined : readJson(json.bytes, resourceType);
  return typeof type === 'string' ? type : undefined;
}

/** Adds a resource, or in place of a bundle what is in it, to `found`. */
function unpack(json: ScannedJson, root: FoundResource, found: FoundResource[]): FoundResource[] {
  const waiting = [{ resource: root, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { resource, depth } = next;
    const { start } = resource;
    if (json.bytes[start] !== OPEN_OBJECT) {
      throw refuse('RESOURCE_TYPE_MISSING', { offset: start });
    }
    const list = depth > LIMITS.bundleDepthMax ? 'whole' : entriesOf(json, start);
    if (list === 'whole') {
      found.push(resource);
      const max = LIMITS.resourcesMax;
      if (found.length > max) throw refuse('INPUT_TOO_MANY', { max });
      continue;
    }
    for (let i = list.length - 1; i >= 0; i--) {
      const inside = resourceOf(json, list[i]!);
      if (inside !== undefined) waiting.push({ resource: inside, depth: depth + 1 });
    }
  }
  return found;
}

/** Entries of a bundle; `whole` for any other resource, and for a signed bundle. */
function entriesOf(json: ScannedJson, start: number): Slice[] | 'whole' {
  if (typeOf(json, start) !== 'Bundle') return 'whole';
  const { signature, entry } = findMembers(json, start, ['signature', 'entry']);
  if (signature !== undefined) return 'whole';
  if (entry === undefined) return [];
  if (json.bytes[entry.start] !== OPEN_LIST) {
    throw refuse('BUNDLE_INVALID', { offset: entry.start });
  }
  const max = LIMITS.resourcesMax;
  const entries = itemsOf(json, entry.start, max);
  if (entries.length > max) throw refuse('INPUT_TOO_MANY', { max });
  return entries;
}

/** Resource of an entry; requests without a body and answers without one have none. */
function resourceOf(json: ScannedJson, { start }: Slice): FoundResource | undefined {
  if (json.bytes[start] !== OPEN_OBJECT) throw refuse('BUNDLE_INVALID', { offset: start });
  const { resource, fullUrl: url } = findMembers(json, start, ['resource', 'fullUrl']);
  if (resource === undefined) return undefined;
  const fullUrl = url === undefined ? '' : readJson(json.bytes, url);
  const { end } = resource;
  return { start: resource.start, end, fullUrl: typeof fullUrl === 'string' ? fullUrl : '' };
}
