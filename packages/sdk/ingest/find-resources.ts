import { refuse } from './errors.ts';
import { scanJson } from './json-scanner.ts';
import {
  itemsOf,
  type MemberSlice,
  membersOf,
  readJson,
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
  const end = scanJson(bytes, start);
  const trailing = skipSpace(bytes, end);
  if (trailing < bytes.length) {
    if (form === 'json') throw refuse('JSON_TRAILING', { offset: trailing });
    return resourcesOnLines(bytes, start);
  }
  const members = bytes[start] === 0x7b ? membersOf(bytes, start) : [];
  if (typeOf(bytes, members) === undefined) return undefined;
  return unpack(bytes, { start, end, fullUrl: '' }, []);
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
    const end = scanJson(bytes, start, lineEnd);
    const trailing = skipSpace(bytes, end, lineEnd);
    if (trailing < lineEnd) throw refuse('JSON_TRAILING', { offset: trailing });
    unpack(bytes, { start, end, fullUrl: '' }, found);
    start = skipSpace(bytes, lineEnd);
  }
  return found;
}

function typeOf(bytes: Uint8Array, members: readonly MemberSlice[]): string | undefined {
  const member = members.find(({ key }) => key === 'resourceType');
  const type = member === undefined ? undefined : readJson(bytes, member);
  return typeof type === 'string' ? type : undefined;
}

/** Adds a resource, or in place of a bundle what is in it, to `found`. */
function unpack(bytes: Uint8Array, root: FoundResource, found: FoundResource[]): FoundResource[] {
  const waiting = [{ resource: root, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { resource, depth } = next;
    const { start } = resource;
    if (bytes[start] !== 0x7b) throw refuse('RESOURCE_TYPE_MISSING', { offset: start });
    const members = membersOf(bytes, start);
    const isWhole = members.some(({ key }) => key === 'signature') || depth > LIMITS.bundleDepthMax;
    if (typeOf(bytes, members) !== 'Bundle' || isWhole) {
      found.push(resource);
      const max = LIMITS.resourcesMax;
      if (found.length > max) throw refuse('INPUT_TOO_MANY', { max });
      continue;
    }
    const entries = entriesOf(bytes, members);
    for (let i = entries.length - 1; i >= 0; i--) {
      const inside = resourceOf(bytes, entries[i]!);
      if (inside !== undefined) waiting.push({ resource: inside, depth: depth + 1 });
    }
  }
  return found;
}

function entriesOf(bytes: Uint8Array, members: readonly MemberSlice[]): Slice[] {
  const list = members.find(({ key }) => key === 'entry');
  if (list === undefined) return [];
  if (bytes[list.start] !== 0x5b) throw refuse('BUNDLE_INVALID', { offset: list.start });
  const max = LIMITS.resourcesMax;
  const entries = itemsOf(bytes, list.start, max);
  if (entries.length > max) throw refuse('INPUT_TOO_MANY', { max });
  return entries;
}

/** Resource of an entry; requests without a body and answers without one have none. */
function resourceOf(bytes: Uint8Array, { start }: Slice): FoundResource | undefined {
  if (bytes[start] !== 0x7b) throw refuse('BUNDLE_INVALID', { offset: start });
  const members = membersOf(bytes, start);
  const resource = members.find(({ key }) => key === 'resource');
  if (resource === undefined) return undefined;
  const url = members.find(({ key }) => key === 'fullUrl');
  const fullUrl = url === undefined ? '' : readJson(bytes, url);
  const { end } = resource;
  return { start: resource.start, end, fullUrl: typeof fullUrl === 'string' ? fullUrl : '' };
}
