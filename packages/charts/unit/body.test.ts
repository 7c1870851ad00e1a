import { concatBytes, equalBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { sampleRealm } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BodyContext,
  bodyHead,
  bodyKey,
  CHUNK_BYTES,
  openBody,
  paddedLength,
  parseBodyHead,
  sealBody,
  sealBodyBytes,
  sealedLength,
} from './body.ts';

const crypto = await loadCrypto();
const random = seededRandom(1);
const context: BodyContext = { key: random.bytes(32), label: random.bytes(32), index: 3 };
const SEALED_CHUNK = CHUNK_BYTES + 16;

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return concatBytes(...all);
}

const seal = (plaintext: Uint8Array, where = context) =>
  collect(sealBody([plaintext], where, crypto));
const open = (sealed: Uint8Array, where = context) => collect(openBody([sealed], where, crypto));
const codeOfOpen = (sealed: Uint8Array, where = context) => codeOfAsync(() => open(sealed, where));

/** Pieces of random sizes. */
function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = random.below(100_000);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('the padded length of a body', () => {
  it('is at least 1 KiB, at least the length, at most 12 % more, and never shrinks', () => {
    let before = 0;
    for (let length = 0; length < 200_000; length += 1 + (length >> 8)) {
      const padded = paddedLength(length);
      expect(padded).toBeGreaterThanOrEqual(Math.max(1024, length, before));
      if (length > 1024) expect(padded).toBeLessThanOrEqual(length * 1.12);
      before = padded;
    }
  });

  it('is a fixed point, so that what is padded looks like all of its class', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * 1024 ** 3 }), (length) => {
        const padded = paddedLength(length);
        return paddedLength(padded) === padded;
      }),
    );
  });

  it('is the one of the Padmé paper', () => {
    const cases = [
      [0, 1024],
      [1024, 1024],
      [1025, 1088],
      [1088, 1088],
      [1089, 1152],
      [2047, 2048],
      [2049, 2176],
      [9_999, 10_240],
      [100_000, 100_352],
      [1_000_000, 1_015_808],
      [2 ** 30, 2 ** 30],
      [2 ** 30 + 1, 2 ** 30 + 2 ** 25],
      [2 ** 32 - 1, 2 ** 32],
    ];
    for (const [length, padded] of cases) expect(paddedLength(length!)).toBe(padded);
  });

  it('leaves few sizes: the classes below a gigabyte are hundreds, not billions', () => {
    const classes = new Set<number>();
    for (let length = 1; length < 2 ** 30; length = paddedLength(length) + 1) {
      classes.add(paddedLength(length));
    }
    expect(classes.size).toBeLessThan(1000);
  });
});

describe('a sealed body', () => {
  const sizes = [0, 1, 1024, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 1e6];

  it.each(sizes)('of %i bytes opens as it was, sealed in pieces or at once', async (size) => {
    const plaintext = random.bytes(size);
    const streamed = await collect(sealBody(cut(plaintext), context, crypto));
    const atOnce = concatBytes(...(await sealBodyBytes(plaintext, context, crypto)));
    expect(equalBytes(streamed, atOnce)).toBe(true);
    expect(streamed).toHaveLength(sealedLength(size));
    const opened = await collect(openBody(cut(streamed), context, crypto));
    expect(equalBytes(opened, plaintext)).toBe(true);
  });

  it('opens with its own key, label and index only', async () => {
    const sealed = await seal(random.bytes(100));
    expect(await codeOfOpen(sealed)).toBeUndefined();
    for (const change of [{ key: random.bytes(32) }, { label: random.bytes(32) }, { index: 2 }]) {
      expect(await codeOfOpen(sealed, { ...context, ...change })).toBe('SEAL_INVALID');
    }
  });

  it('is refused after any bit of it was flipped', async () => {
    const sealed = await seal(random.bytes(60));
    for (let bit = 0; bit < sealed.length * 8; bit += 5) {
      const altered = sealed.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(await codeOfOpen(altered)).toBe('SEAL_INVALID');
    }
  });

  it('is refused with chunks swapped, doubled, left out, or of another body', async () => {
    const sealed = await seal(random.bytes(3 * CHUNK_BYTES));
    const foreign = await seal(random.bytes(3 * CHUNK_BYTES), { ...context, index: 4 });
    const chunk = (of: Uint8Array, i: number) => of.slice(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK);
    const [a, b, c] = [0, 1, 2].map((i) => chunk(sealed, i)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const orders = [
      [b, a, c],
      [a, c, b],
      [a, c],
      [b, c],
      [a, a, b, c],
      [a, b, c, c],
      [a, chunk(foreign, 1), c],
      [c],
    ];
    for (const order of orders) {
      expect(await codeOfOpen(concatBytes(...order))).toBe('SEAL_INVALID');
    }
  });

  it('is refused when it was cut, at the end of a chunk or anywhere else', async () => {
    const sealed = await seal(random.bytes(2 * CHUNK_BYTES));
    const lengths = [0, 1, 15, 16, 17, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1];
    for (const length of [...lengths, sealed.length - 1]) {
      expect(await codeOfOpen(sealed.slice(0, length))).toBe('SEAL_INVALID');
    }
  });

  it('is refused when something was put behind it', async () => {
    const sealed = await seal(random.bytes(2 * CHUNK_BYTES));
    for (const more of [1, 16, SEALED_CHUNK]) {
      expect(await codeOfOpen(concatBytes(sealed, random.bytes(more)))).toBe('SEAL_INVALID');
    }
  });

  it('gives nothing out before the altered chunk that is not authentic', async () => {
    const plaintext = random.bytes(3 * CHUNK_BYTES);
    const sealed = await seal(plaintext);
    sealed[SEALED_CHUNK + 5]! ^= 1;
    const given: Uint8Array[] = [];
    const read = async () => {
      for await (const piece of openBody([sealed], context, crypto)) given.push(piece);
    };
    expect(await codeOfAsync(read)).toBe('SEAL_INVALID');
    const before = plaintext.subarray(0, CHUNK_BYTES);
    expect(equalBytes(concatBytes(...given), before)).toBe(true);
  });
});

describe('the key of a body', () => {
  const realm = sampleRealm(crypto);
  const parts = { k1: random.bytes(32), k2: random.bytes(32), label: context.label, index: 0 };

  it('needs both locks, the label, the index and the network', () => {
    const keys = [
      bodyKey(parts, realm),
      bodyKey({ ...parts, k1: random.bytes(32) }, realm),
      bodyKey({ ...parts, k2: random.bytes(32) }, realm),
      bodyKey({ ...parts, k2: new Uint8Array(0) }, realm),
      bodyKey({ ...parts, k1: parts.k2, k2: parts.k1 }, realm),
      bodyKey({ ...parts, label: random.bytes(32) }, realm),
      bodyKey({ ...parts, index: 1 }, realm),
      bodyKey(parts, { network: random.bytes(32), crypto }),
    ];
    expect(new Set(keys.map((key) => key.join())).size).toBe(keys.length);
  });
});

describe('the head of a body', () => {
  it('is salt, length and metadata, and is parsed as such', () => {
    const [salt, metadata] = [random.bytes(32), random.bytes(77)];
    const bytes = concatBytes(bodyHead(salt, metadata), random.bytes(10));
    expect(parseBodyHead(bytes)).toEqual({ salt, metadata, size: 32 + 4 + 77 });
  });

  it('is refused when it is cut, or says that it is longer than it is or may be', () => {
    const bytes = bodyHead(random.bytes(32), random.bytes(77));
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => parseBodyHead(bytes.subarray(0, length)))).toBe('SEAL_INVALID');
    }
    for (const length of [0xffffffff, 0x80000000, 5000]) {
      const lying = concatBytes(bytes, random.bytes(8000));
      new DataView(lying.buffer).setUint32(32, length);
      expect(codeOf(() => parseBodyHead(lying))).toBe('SEAL_INVALID');
    }
  });
});
