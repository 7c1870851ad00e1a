import { CHART_LIMITS } from '@ward/charts';
import { type Crypto, utf8Length } from '@ward/protocol';
import { refuse } from './errors.ts';
import { type FoundResource, findResources } from './find-resources.ts';
import { compactJson, readJson } from './json-slices.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';
import { bareMediaType, formOf, sniffMediaType } from './media-types.ts';
import { type ResourceFacts, readResource } from './read-resource.ts';
import type { InputNode } from './resource-graph.ts';

/** A file, or what came over a wire or a pipe. */
export interface IngestInput {
  readonly bytes: Uint8Array;
  /** Name of the file, without folders; '' where it has none. */
  readonly name: string;
  /** What its sender says it is; without it name and content tell. */
  readonly mediaType?: string;
  /** Take it as one plain file, even when it is FHIR. */
  readonly isPlain?: boolean;
}

const FHIR_JSON = 'application/fhir+json';

const PLAIN_FILE: ResourceFacts = {
  type: '',
  id: '',
  identifiers: [],
  references: [],
  date: undefined,
  categories: [],
  labelled: new Set(),
  coded: new Set(),
};

/** All resources and plain files of the inputs, in their order. */
export function readInputs(
  inputs: readonly IngestInput[],
  crypto: Pick<Crypto, 'sha256'>,
): InputNode[] {
  if (inputs.length > LIMITS.inputsMax) throw refuse('INPUT_TOO_MANY', { max: LIMITS.inputsMax });
  const nodes: InputNode[] = [];
  inputs.forEach((input, number) => {
    for (const node of readInput(input, number, crypto)) nodes.push(node);
    const max = LIMITS.resourcesMax;
    if (nodes.length > max) throw refuse('INPUT_TOO_MANY', { max });
  });
  return nodes;
}

function checkSize(sizeBytes: number, max: number): void {
  if (sizeBytes === 0) throw refuse('INPUT_EMPTY');
  if (sizeBytes > max) throw refuse('INPUT_TOO_LARGE', { sizeBytes, max });
}

function readInput(
  input: IngestInput,
  number: number,
  crypto: Pick<Crypto, 'sha256'>,
): InputNode[] {
  const { bytes, name, mediaType, isPlain = false } = input;
  const form = isPlain ? 'file' : formOf(bytes, { name, mediaType });
  checkSize(bytes.length, form === 'file' ? CHART_LIMITS.recordBytesMax : LIMITS.jsonBytesMax);
  const found = form === 'file' ? undefined : findResources(bytes, form);
  if (found !== undefined) return found.map((one) => readFound(bytes, one, { number, crypto }));
  const sniffed = form === 'file' ? sniffMediaType(bytes, name) : 'application/json';
  const node: InputNode = {
    input: number,
    fullUrl: '',
    facts: PLAIN_FILE,
    bytes,
    mediaType: mediaType === undefined ? sniffed : bareMediaType(mediaType),
    name: cutText(name, LIMITS.nameBytesMax),
    inputDigest: crypto.sha256(bytes),
  };
  return [node];
}

function readFound(
  bytes: Uint8Array,
  found: FoundResource,
  { number, crypto }: { number: number; crypto: Pick<Crypto, 'sha256'> },
): InputNode {
  const { start, end, fullUrl } = found;
  const facts = readResource(readJson(bytes, found), start);
  return {
    input: number,
    fullUrl,
    facts,
    bytes: bytes.subarray(start, end),
    mediaType: FHIR_JSON,
    name: cutText(nameOf(facts, fullUrl), LIMITS.nameBytesMax),
    inputDigest: crypto.sha256(compactJson(bytes, found)),
  };
}

/**
 * A resource's own id. Where the URL of its bundle's entry says something else, that URL: others
 * refer to it by that, and it stands nowhere in the resource itself.
 */
function nameOf({ id }: ResourceFacts, fullUrl: string): string {
  const isSaid = id !== '' && (fullUrl.endsWith(`/${id}`) || fullUrl.endsWith(`:${id}`));
  return fullUrl === '' || isSaid ? id : fullUrl;
}

/** `text` cut to what fits, between characters. */
function cutText(text: string, max: number): string {
  const signs = [...text.slice(0, max)].map((sign) => (isWhole(sign) ? sign : '�'));
  while (utf8Length(signs.join('')) > max) signs.pop();
  return signs.join('');
}

/** A file name may hold half of a surrogate pair, which UTF-8 cannot. */
function isWhole(sign: string): boolean {
  const point = sign.codePointAt(0)!;
  return point < 0xd800 || point > 0xdfff;
}
