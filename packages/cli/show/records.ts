import { type Json, toHex } from '@ward/protocol';
import type { OpenRecord } from '@ward/sdk';
import { refuse } from '../errors.ts';
import { printable, printableLines } from '../frame/printable.ts';
import type { Screen } from '../frame/screen.ts';
import { sizeText } from './times.ts';

/** Numbers as they were written: 1.50 is another measurement than 1.5 (FHIR decimal). */
interface RawNumbers {
  rawJSON(text: string): unknown;
}

function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return (JSON as unknown as RawNumbers).rawJSON(context.source);
}

/** JSON with its lines broken and every number as it was; undefined for what is no JSON. */
export function prettyJson(bytes: Uint8Array): string | undefined {
  const text = decodeText(bytes);
  if (text === undefined) return undefined;
  try {
    return JSON.stringify(JSON.parse(text, keepNumber as never), null, 2);
  } catch {
    return undefined;
  }
}

/** Bytes as text; undefined where they are none. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

export function isText(bytes: Uint8Array): boolean {
  return decodeText(bytes) !== undefined;
}

export function isFhir({ metadata }: OpenRecord): boolean {
  return metadata.resourceType !== '';
}

/** A record as programs read it: FHIR as JSON, anything else as Base64. */
export function recordJson(record: OpenRecord): Json {
  const { index, metadata, bytes } = record;
  const { mediaType, resourceType, name, sizeBytes, inputDigest } = metadata;
  const known = { index, mediaType, resourceType, name, sizeBytes, input: toHex(inputDigest) };
  const resource = isFhir(record) ? decodeText(bytes) : undefined;
  const parsed = resource === undefined ? undefined : tryParse(resource);
  return parsed === undefined
    ? { ...known, base64: Buffer.from(bytes).toString('base64') }
    : { ...known, resource: parsed };
}

function tryParse(text: string): Json | undefined {
  try {
    return JSON.parse(text, keepNumber as never) as Json;
  } catch {
    return undefined;
  }
}

/** Records of a unit in a table, by which one can be chosen. */
export function showRecords(records: readonly OpenRecord[], screen: Screen): void {
  screen.table(
    [
      { title: '#', isNumber: true },
      { title: 'type' },
      { title: 'name', mayShrink: true },
      { title: 'media type', mayShrink: true },
      { title: 'size', isNumber: true },
    ],
    records.map(({ index, metadata }) => [
      `${index}`,
      printable(metadata.resourceType || 'file'),
      printable(metadata.name),
      printable(metadata.mediaType),
      sizeText(metadata.sizeBytes),
    ]),
    'The unit has no records.',
  );
}

/**
 * The content of one record: FHIR and other JSON in lines, text as it is.
 *
 * @throws WardError `OUTPUT_BINARY` where a terminal cannot show it.
 */
export function showContent(
  { bytes }: OpenRecord,
  { isRaw }: { readonly isRaw: boolean },
  screen: Screen,
): void {
  if (!screen.isTerminal) {
    const pretty = isRaw ? undefined : prettyJson(bytes);
    if (pretty === undefined) screen.raw(bytes);
    else screen.line(pretty);
    return;
  }
  const text = (isRaw ? undefined : prettyJson(bytes)) ?? decodeText(bytes);
  if (text === undefined) throw refuse('OUTPUT_BINARY', { sizeBytes: bytes.length });
  screen.line(printableLines(text));
}
