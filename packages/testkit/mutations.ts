import type { SeededRandom } from './seeded-random.ts';

/** Makes another input of one; `others` are whole inputs to borrow pieces from. */
export type Mutation = (
  bytes: Uint8Array,
  random: SeededRandom,
  others: readonly Uint8Array[],
) => Uint8Array;

/** Bytes at which parsers turn: ends of ranges, heads of CBOR, signs of JSON. */
const EDGES = Uint8Array.of(
  ...[0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x3b, 0x3f, 0x40, 0x58, 0x5b, 0x5f],
  ...[0x60, 0x7b, 0x7d, 0x7f, 0x80, 0x81, 0x98, 0x9b, 0x9f, 0xa0, 0xbb, 0xbf, 0xc0, 0xf4, 0xf6],
  ...[0xf7, 0xf8, 0xf9, 0xfb, 0xff, 0x22, 0x2c, 0x2d, 0x3a, 0x5c, 0x65],
);
const LENGTHS = [0xff, 0xffff, 0x7fffffff, 0xffffffff];

/** `bytes` with `piece` in place of what stands from `start` to `end`. */
function replaced(bytes: Uint8Array, start: number, end: number, piece: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - start) + piece.length);
  result.set(bytes.subarray(0, start));
  result.set(piece, start);
  result.set(bytes.subarray(end), start + piece.length);
  return result;
}

function range(bytes: Uint8Array, random: SeededRandom): [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  return [start, Math.min(bytes.length, start + random.below(9))];
}

const flipBit: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
};

const setEdge: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)] = EDGES[random.below(EDGES.length)]!;
  return copy;
};

const step: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)]! += random.below(2) === 0 ? 1 : 255;
  return copy;
};

const insert: Mutation = (bytes, random) => {
  const [start] = range(bytes, random);
  return replaced(bytes, start, start, random.bytes(1 + random.below(8)));
};

const remove: Mutation = (bytes, random) => {
  const [start, end] = range(bytes, random);
  return replaced(bytes, start, end, new Uint8Array(0));
};

const double: Mutation = (bytes, random) => {
  const [start, end] = range(bytes, random);
  return replaced(bytes, end, end, bytes.slice(start, end));
};

const cut: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

const extend: Mutation = (bytes, random) =>
  replaced(bytes, bytes.length, bytes.length, random.bytes(1 + random.below(32)));

const splice: Mutation = (bytes, random, others) => {
  const other = random.pick(others);
  const start = random.below(bytes.length + 1);
  return replaced(bytes, start, bytes.length, other.slice(random.below(other.length + 1)));
};

/** A length that promises far more than follows. */
const overpromise: Mutation = (bytes, random) => {
  const [start, end] = range(bytes, random);
  const head = Uint8Array.of((random.below(8) << 5) | (24 + random.below(8)), 0, 0, 0, 0);
  new DataView(head.buffer).setUint32(1, random.pick(LENGTHS));
  return replaced(bytes, start, end, head);
};

const nest: Mutation = (bytes, random) => {
  const [start] = range(bytes, random);
  const opening = random.pick([0x81, 0xa1, 0x5b, 0x7b]);
  return replaced(bytes, start, start, new Uint8Array(random.below(64)).fill(opening));
};

const noise: Mutation = (bytes, random) => random.bytes(random.below(bytes.length + 16));

export const MUTATIONS: readonly Mutation[] = [
  ...[flipBit, setEdge, step, insert, remove, double, cut, extend, splice, overpromise, nest],
  noise,
];

const MUTATIONS_MAX = 4;

/** One to four mutations of a sample, one after the other. */
export function mutate(
  samples: readonly Uint8Array[],
  random: SeededRandom,
  { sizeMaxBytes, words }: { sizeMaxBytes: number; words: readonly Uint8Array[] },
): Uint8Array {
  let bytes = random.pick(samples);
  for (let count = 1 + random.below(MUTATIONS_MAX); count > 0; count--) {
    bytes = random.pick(MUTATIONS)(bytes, random, samples);
    if (words.length > 0 && random.below(4) === 0) {
      const [start, end] = range(bytes, random);
      bytes = replaced(bytes, start, end, random.pick(words));
    }
  }
  return bytes.length > sizeMaxBytes ? bytes.slice(0, sizeMaxBytes) : bytes;
}
