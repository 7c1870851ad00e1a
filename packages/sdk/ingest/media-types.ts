import { INGEST_LIMITS as LIMITS } from './limits.ts';

/** Bytes by which a kind of file is known, from `at` on; -1 stands for any byte. */
interface Magic {
  readonly mediaType: string;
  readonly at: number;
  readonly bytes: readonly number[];
}

function ascii(text: string): number[] {
  return [...text].map((sign) => sign.charCodeAt(0));
}

/** The first that fits counts. */
const MAGICS: readonly Magic[] = [
  { mediaType: 'application/pdf', at: 0, bytes: ascii('%PDF-') },
  { mediaType: 'image/png', at: 0, bytes: [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a] },
  { mediaType: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/gif', at: 0, bytes: ascii('GIF8') },
  { mediaType: 'image/webp', at: 0, bytes: [...ascii('RIFF'), -1, -1, -1, -1, ...ascii('WEBP')] },
  { mediaType: 'audio/wav', at: 0, bytes: [...ascii('RIFF'), -1, -1, -1, -1, ...ascii('WAVE')] },
  { mediaType: 'image/tiff', at: 0, bytes: [...ascii('II'), 0x2a, 0] },
  { mediaType: 'image/tiff', at: 0, bytes: [...ascii('MM'), 0, 0x2a] },
  { mediaType: 'image/heic', at: 4, bytes: ascii('ftypheic') },
  { mediaType: 'image/avif', at: 4, bytes: ascii('ftypavif') },
  { mediaType: 'video/mp4', at: 4, bytes: ascii('ftyp') },
  { mediaType: 'image/bmp', at: 0, bytes: [...ascii('BM'), -1, -1, -1, -1, 0, 0, 0, 0] },
  { mediaType: 'application/dicom', at: 128, bytes: ascii('DICM') },
  { mediaType: 'application/zip', at: 0, bytes: [...ascii('PK'), 3, 4] },
  { mediaType: 'application/gzip', at: 0, bytes: [0x1f, 0x8b, 8] },
  { mediaType: 'application/rtf', at: 0, bytes: ascii('{\\rtf') },
  { mediaType: 'application/ogg', at: 0, bytes: ascii('OggS') },
  { mediaType: 'audio/mpeg', at: 0, bytes: ascii('ID3') },
  { mediaType: 'x-application/hl7-v2+er7', at: 0, bytes: ascii('MSH|') },
  { mediaType: 'text/x-vcard', at: 0, bytes: ascii('BEGIN:VCARD') },
  { mediaType: 'text/vcf', at: 0, bytes: ascii('##fileformat=VCF') },
];

/** By the end of the name, where the content does not tell, or tells only the packing. */
const EXTENSIONS: { readonly [extension: string]: string } = {
  csv: 'text/csv',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  hl7: 'x-application/hl7-v2+er7',
  htm: 'text/html',
  html: 'text/html',
  md: 'text/markdown',
  odt: 'application/vnd.oasis.opendocument.text',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  vcf: 'text/vcf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xml: 'application/xml',
};

/** Contents that the name may say more about. */
const PACKINGS = new Set(['application/zip']);
/** Bytes that are looked at to tell text from other content. */
const TEXT_PROBE_BYTES = 4096;

/** What the end of a file's name says, in lower case; empty without one. */
export function extensionOf(name: string): string {
  return /\.([A-Za-z0-9]{1,12})$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

function hasMagic(content: Uint8Array, { at, bytes }: Magic): boolean {
  return bytes.every((byte, i) => byte < 0 || content[at + i] === byte);
}

function isText(content: Uint8Array): boolean {
  const probe = content.subarray(0, TEXT_PROBE_BYTES);
  return probe.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
}

/**
 * Media type of a file: by its content, where a well-known signature stands; else by the end of its
 * name; else text or bytes.
 */
export function sniffMediaType(content: Uint8Array, name: string): string {
  const magic = MAGICS.find((one) => hasMagic(content, one))?.mediaType;
  const extension = extensionOf(name);
  const named = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
  if (magic !== undefined && !PACKINGS.has(magic)) return magic;
  if (magic !== undefined) return named?.startsWith('application/vnd.') ? named : magic;
  if (!isText(content)) return 'application/octet-stream';
  return named?.startsWith('application/vnd.') ? 'text/plain' : (named ?? 'text/plain');
}

/** How the bytes of an input are to be read. */
export type InputForm = 'json' | 'ndjson' | 'json-or-ndjson' | 'file';

const JSON_TYPES = new Set(['application/fhir+json', 'application/json', 'text/json']);
const NDJSON_TYPES = new Set([
  'application/fhir+ndjson',
  'application/ndjson',
  'application/jsonl',
]);

/** `Application/FHIR+JSON; charset=utf-8` is `application/fhir+json`. */
export function bareMediaType(mediaType: string): string {
  return mediaType.slice(0, LIMITS.mediaTypeBytesMax).split(';')[0]!.trim().toLowerCase();
}

/**
 * What an input is to be read as: by the media type that came with it, else by its name, else by
 * its first signs.
 */
export function formOf(
  content: Uint8Array,
  { name, mediaType }: { readonly name: string; readonly mediaType: string | undefined },
): InputForm {
  if (mediaType !== undefined) {
    const bare = bareMediaType(mediaType);
    if (JSON_TYPES.has(bare)) return 'json';
    return NDJSON_TYPES.has(bare) ? 'ndjson' : 'file';
  }
  const extension = extensionOf(name);
  if (extension === 'json') return 'json';
  if (extension === 'ndjson' || extension === 'jsonl') return 'ndjson';
  if (Object.hasOwn(EXTENSIONS, extension)) return 'file';
  const head = new TextDecoder().decode(content.subarray(0, TEXT_PROBE_BYTES));
  return /^\s*\{\s*["}]/.test(head) ? 'json-or-ndjson' : 'file';
}
