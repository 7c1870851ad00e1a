import { concatBytes, toHex } from '@ward/protocol';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import {
  encodeIdChunk,
  encodeStateChunk,
  groupBytes,
  type IdGroup,
  idsOf,
  parseChunk,
  SNAPSHOT_LIMITS,
} from './chunk.ts';

const random = seededRandom(23);
const RECORDS_AT = 40;

function record(key: Uint8Array, value: Uint8Array): Uint8Array {
  const head = new Uint8Array(6);
  const view = new DataView(head.buffer);
  view.setUint16(0, key.length);
  view.setUint32(2, value.length);
  return concatBytes(head, key, value);
}

const records = [1, 20, 300].map((size) => record(random.bytes(size), random.bytes(2 * size)));
const right = [null, random.bytes(32), null, null, random.bytes(32)];
const state = encodeStateChunk(records, { depth: 5, right });

function stateOf(bytes: Uint8Array) {
  const chunk = parseChunk(bytes);
  if (chunk?.kind !== 'state') throw new Error('no chunk of the state');
  return chunk;
}

/** The chunk with a number of it changed. */
function withUint(bytes: Uint8Array, at: number, size: 1 | 2 | 4, value: number): Uint8Array {
  const other = bytes.slice();
  const view = new DataView(other.buffer);
  if (size === 1) view.setUint8(at, value);
  else if (size === 2) view.setUint16(at, value);
  else view.setUint32(at, value);
  return other;
}

describe('a chunk of the state', () => {
  it('comes back as it was: records, depth, and what stands on its right', () => {
    const chunk = stateOf(state);
    expect(chunk.depth).toBe(5);
    expect(chunk.records.map(({ bytes }) => toHex(bytes))).toEqual(records.map(toHex));
    for (const [i, size] of [1, 20, 300].entries()) {
      expect(chunk.records[i]!.key).toHaveLength(size);
      expect(chunk.records[i]!.value).toHaveLength(2 * size);
    }
    const hashes = new Uint8Array(chunk.right.buffer);
    for (const [depth, hash] of right.entries()) {
      const own = hashes.subarray(depth * 32, (depth + 1) * 32);
      expect(toHex(own)).toBe(toHex(hash ?? new Uint8Array(32)));
    }
    expect(chunk.right.subarray(5 * HASH_WORDS).every((word) => word === 0)).toBe(true);
  });

  it('may hold empty keys and values, and nothing on its right', () => {
    const empty = encodeStateChunk([record(new Uint8Array(0), new Uint8Array(0))], {
      ...{ depth: 0, right: [] },
    });
    expect(stateOf(empty)).toMatchObject({ depth: 0, records: [{ bytes: new Uint8Array(6) }] });
  });

  it('is nothing where it was cut or is longer', () => {
    for (let length = 0; length < state.length; length++) {
      expect(parseChunk(state.subarray(0, length))).toBeUndefined();
    }
    expect(parseChunk(concatBytes(state, Uint8Array.of(0)))).toBeUndefined();
  });

  it.each([
    ['another version', withUint(state, 0, 1, 2)],
    ['an unknown kind', withUint(state, 1, 1, 3)],
    ['no records', withUint(state, 2, 4, 0)],
    ['more records than it has', withUint(state, 2, 4, 4)],
    ['fewer records than it has', withUint(state, 2, 4, 2)],
    ['more records than any bytes could have', withUint(state, 2, 4, 0xffffffff)],
    ['a depth that no tree has', withUint(state, 6, 2, 257)],
    ['a hash below its last leaf', withUint(state, 6, 2, 4)],
    ['a hash that is not there', withUint(state, 8, 1, 0xff)],
    ['a record that is longer than it', withUint(state, RECORDS_AT + 64 + 2, 4, 0xffffff)],
  ])('is nothing with %s', (_, bytes) => {
    expect(parseChunk(bytes)).toBeUndefined();
  });

  it('tells no empty subtree as one that is there', () => {
    const zero = new Uint8Array(32);
    const chunk = encodeStateChunk(records, { depth: 5, right: [zero] });
    expect(parseChunk(chunk)).toBeUndefined();
  });

  it('is nothing where it is longer than a chunk may be', () => {
    const { chunkBytesMax } = SNAPSHOT_LIMITS;
    const long = record(new Uint8Array(4), new Uint8Array(chunkBytesMax));
    expect(parseChunk(encodeStateChunk([long], { depth: 0, right: [] }))).toBeUndefined();
  });
});

describe('a chunk of ids', () => {
  const group = (minute: number, count: number): IdGroup => {
    return { minute, chainBefore: random.bytes(32), ids: random.bytes(32 * count) };
  };
  const groups = [group(30_000_000, 1), group(30_000_001, 4), group(2 ** 40, 2)];
  const bytes = encodeIdChunk(groups);

  it('comes back as it was, block by block', () => {
    expect(parseChunk(bytes)).toEqual({ kind: 'ids', groups });
    const taken = groups.reduce((sum, one) => sum + groupBytes(one), 6);
    expect(bytes).toHaveLength(taken);
    for (const one of groups) expect(concatBytes(...idsOf(one))).toEqual(one.ids);
    expect(idsOf(groups[1]!)).toHaveLength(4);
  });

  it('is nothing where it was cut or is longer', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(parseChunk(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(parseChunk(concatBytes(bytes, Uint8Array.of(0)))).toBeUndefined();
  });

  it.each([
    ['no blocks', withUint(bytes, 2, 4, 0)],
    ['more blocks than it has', withUint(bytes, 2, 4, 4)],
    ['more blocks than any bytes could have', withUint(bytes, 2, 4, 0xffffffff)],
    ['a block without ids', withUint(bytes, 12, 4, 0)],
    ['a block with more ids than any bytes could have', withUint(bytes, 12, 4, 0xffffffff)],
  ])('is nothing with %s', (_, other) => {
    expect(parseChunk(other)).toBeUndefined();
  });
});

describe('chunks of any content', () => {
  const piece = (max: number) => fc.uint8Array({ maxLength: max });

  it('have one encoding, which gives the content back', () => {
    const content = fc.array(fc.tuple(piece(70), piece(200)), { minLength: 1, maxLength: 12 });
    const hashes = fc.array(fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(content, hashes, (pairs, siblings) => {
        const all = siblings.map((hash) => (hash?.some((byte) => byte > 0) ? hash : null));
        const own = pairs.map(([key, value]) => record(key, value));
        const chunk = stateOf(encodeStateChunk(own, { depth: all.length, right: all }));
        expect(chunk.records.map(({ key, value }) => [toHex(key), toHex(value)])).toEqual(
          pairs.map(([key, value]) => [toHex(key), toHex(value)]),
        );
        const told = new Uint8Array(chunk.right.buffer);
        for (const [depth, hash] of all.entries()) {
          const at = told.slice(depth * 32, (depth + 1) * 32);
          expect(toHex(at)).toBe(toHex(hash ?? new Uint8Array(32)));
        }
      }),
    );
  });
});
