import {
  type CborValue,
  type Crypto,
  context,
  decodeCbor,
  deriveKey,
  encodeCbor,
  hasCode,
  hash,
  mac,
  parseHex,
  TAGS,
  tagged,
  taggedDigest,
  toHex,
  type WardError,
} from '@ward/protocol';
import type { VectorFile, VectorJson } from './vector-file.ts';

/** Network of all vectors. */
export const NETWORK = new Uint8Array(32).fill(0x11);
const KEY = new Uint8Array(32).fill(0x22);
const BYTES = parseHex('00ff10');

/** What every tag makes of the same bytes, parts and key. */
export function tagVectors(crypto: Crypto): VectorFile {
  const realm = { network: NETWORK, crypto };
  const parts = [1, 'two', BYTES];
  const cases = TAGS.map((tag) => ({
    tag,
    signed: toHex(tagged(tag, BYTES)),
    digest: toHex(taggedDigest(tag, BYTES, crypto)),
    context: toHex(context(tag, parts, realm)),
    hash: toHex(hash(tag, parts, realm)),
    mac: toHex(mac(tag, KEY, parts, crypto)),
    key: toHex(deriveKey(tag, { key: KEY, parts }, realm)),
  }));
  const content = { network: toHex(NETWORK), key: toHex(KEY), bytes: toHex(BYTES), cases };
  return { path: 'protocol/tags.json', content };
}

const VALUES: readonly CborValue[] = [
  ...[0, 1, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296],
  ...[Number.MAX_SAFE_INTEGER, -1, -24, -25, -256, -257, -65_537, -Number.MAX_SAFE_INTEGER],
  ...[true, false, null, '', 'a', 'Grüße', '水', '𐅑', '\ufeffx', '\u0000'],
  ...[new Uint8Array(0), BYTES, new Uint8Array(24), new Uint8Array(256)],
  [],
  [1, [2, [3]], []],
  Array.from({ length: 24 }, (_, i) => i),
  new Map(),
  new Map<number, CborValue>([
    [0, 'zero'],
    [10, [1]],
    [256, null],
    [-1, true],
    [-500, new Map([[1, 2]])],
  ]),
];

const REFUSED: readonly (readonly [code: string, hex: string])[] = [
  ...['', '18', '1900', '43aabb', '62c3', '8201', 'a101', 'a1', '9a00100000'].map(
    (hex) => ['CBOR_TRUNCATED', hex] as const,
  ),
  ...['0000', 'f600', '8000'].map((hex) => ['CBOR_TRAILING', hex] as const),
  ...['1800', '1817', '190000', '1900ff', '1a0000ffff', '1b00000000ffffffff', '3800', '5800'].map(
    (hex) => ['CBOR_NOT_CANONICAL', hex] as const,
  ),
  ...['980100', 'b8010000', 'a200010002', 'a201000000', 'a220000000', 'a221002000'].map(
    (hex) => ['CBOR_NOT_CANONICAL', hex] as const,
  ),
  ...['f7', 'f0', 'f818', 'f814', 'f90000', 'fa00000000', 'fb0000000000000000', 'ff'].map(
    (hex) => ['CBOR_FORBIDDEN', hex] as const,
  ),
  ...['c000', 'd9d9f700', '1c', '3f', '5f40ff', '7f60ff', '9fff', 'bfff', 'a1400000'].map(
    (hex) => ['CBOR_FORBIDDEN', hex] as const,
  ),
  ...['1b0020000000000000', '3b001fffffffffffff', '1bffffffffffffffff'].map(
    (hex) => ['CBOR_INTEGER_RANGE', hex] as const,
  ),
  ...['5a04000001', '9a00100001', 'ba00100001'].map((hex) => ['CBOR_TOO_LONG', hex] as const),
  ...['61ff', '62c080', '63eda080', '64f4908080'].map((hex) => ['TEXT_INVALID', hex] as const),
  ['CBOR_TOO_DEEP', `${'81'.repeat(17)}00`],
  ['CBOR_TOO_DEEP', `${'a100'.repeat(17)}00`],
];

/** Bytes as {bytes}, maps as {map: pairs}; the rest as it is. */
function valueToJson(value: CborValue): VectorJson {
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (value instanceof Map) {
    return { map: [...value].map(([key, item]) => [key, valueToJson(item)]) };
  }
  return Array.isArray(value) ? value.map(valueToJson) : (value as VectorJson);
}

function assertRefused(code: string, hex: string): void {
  try {
    decodeCbor(parseHex(hex));
  } catch (error) {
    if (hasCode(error, code)) return;
    throw new Error(`${hex}: ${(error as WardError).code}, not ${code}`);
  }
  throw new Error(`${hex} is accepted, not refused with ${code}`);
}

/** Values with their only encoding, and bytes that are refused. */
export function cborVectors(): VectorFile {
  for (const [code, hex] of REFUSED) assertRefused(code, hex);
  const accepted = VALUES.map((value) => ({
    hex: toHex(encodeCbor(value)),
    value: valueToJson(value),
  }));
  const refused = REFUSED.map(([code, hex]) => ({ hex, code }));
  return { path: 'protocol/cbor.json', content: { accepted, refused } };
}
