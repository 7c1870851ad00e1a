import { createCipheriv } from 'node:crypto';
import { concatBytes, encodeUtf8, mac, type Realm, toHex, uint32Bytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { sampleRecord } from '@ward/testkit/sample-chart';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { objectName } from '../objects.ts';
import {
  bodyHead,
  bodyKey,
  openBody,
  paddedLength,
  parseBodyHead,
  sealBodyBytes,
} from '../unit/body.ts';
import { Manifest, parseManifest, RecordMetadata } from '../unit/manifest.ts';
import { openRecord } from '../unit/open-unit.ts';
import { RecordLeaf } from '../unit/record-leaf.ts';

// The salt stands inside the encrypted body, the leaf goes over salt and record and the opener
// recomputes it, and keys of MACs have exactly 32 bytes. Otherwise whoever runs the vault tries
// positive and negative against the digest; AES-GCM does not commit to its key, so one body opens
// to two records; HMAC pads short keys.

const crypto = await loadCrypto();
const RESULTS = ['positive', 'negative'].map(encodeUtf8);

async function unitOf(bytes: Uint8Array) {
  const opening = await SampleOpening.make(crypto, { records: [sampleRecord(bytes)] });
  const unit = opening.units[0]!;
  const parsed = parseManifest(unit.manifest, opening.chart.realm);
  const keys = { k1: await opening.unitKey(unit), k2: opening.release(parsed.manifest.point!.u) };
  return { opening, unit, parsed, keys };
}

function leafOf(bytes: Uint8Array, salt: Uint8Array, realm: Realm): string {
  const { metadata } = sampleRecord(bytes);
  const head = { salt, metadata: RecordMetadata.encode(metadata), sizeBytes: bytes.length };
  const leaf = new RecordLeaf(head, realm);
  leaf.update(bytes);
  return toHex(leaf.digest());
}

describe('a vault that tries all values', () => {
  it('finds none of them without the salt, and each with it', async () => {
    const [positive, negative] = RESULTS as [Uint8Array, Uint8Array];
    const { opening, unit, parsed, keys } = await unitOf(positive);
    const { realm } = opening.chart;
    const place = { unit: parsed, keys, index: 0 };
    const body = opening.bodies.bodyOf(unit, 0);
    await openRecord(place, [body], realm);
    const leaf = toHex(parsed.manifest.leaves[0]!);
    const guesses = RESULTS.map((guess) => leafOf(guess, new Uint8Array(32), realm));
    expect(guesses).not.toContain(leaf);
    const { salt } = await headOf(place, body, realm);
    expect(leafOf(positive, salt, realm)).toBe(leaf);
    expect(leafOf(negative, salt, realm)).not.toBe(leaf);
    const seen = [unit.manifest, body].map(toHex);
    expect(seen.some((text) => text.includes(toHex(salt)))).toBe(false);
  });

  it('sees the same sizes for both', async () => {
    const sizes = [];
    for (const result of RESULTS) {
      const { unit } = await unitOf(result);
      sizes.push([unit.manifest.length, unit.bodies.map(({ size }) => size)]);
    }
    expect(sizes[0]).toEqual(sizes[1]);
  });

  it('gets another leaf for the same record in every unit', async () => {
    const opening = await SampleOpening.make(crypto, {
      records: [sampleRecord(RESULTS[0]!), sampleRecord(RESULTS[0]!)],
    });
    const leaves = opening.units.map(({ manifest }) => toHex(Manifest.decode(manifest).leaves[0]!));
    expect(new Set(leaves).size).toBe(2);
  });
});

/** Salt of a record, as only an opener can see it. */
async function headOf(
  { unit, keys, index }: Parameters<typeof openRecord>[0],
  body: Uint8Array,
  realm: Realm,
) {
  const { label } = unit;
  const context = { key: bodyKey({ ...keys, label, index }, realm), label, index };
  const first = await openBody([body], context, realm.crypto).next();
  return parseBodyHead(first.value as Uint8Array);
}

const POLYNOMIAL = 0xe1n << 120n;

/** Product in the field of GHASH (NIST SP 800-38D, section 6.3). */
function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ POLYNOMIAL : shifted >> 1n;
  }
  return product;
}

function inverse(x: bigint): bigint {
  let [power, result] = [x, 1n << 127n];
  // x^(2^128 − 2): all powers x^2 … x^(2^127) multiplied.
  for (let i = 1; i < 128; i++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

const toInteger = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes)}`);
const toBlock = (value: bigint) =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));

/** What AES-256-GCM does with a key: hash key, mask of the tag, and the blocks of the stream. */
function keyParts(key: Uint8Array, nonce: Uint8Array, blocks: number) {
  const encrypt = (block: Uint8Array) => {
    const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    return new Uint8Array(cipher.update(block));
  };
  const counter = (n: number) => concatBytes(nonce, uint32Bytes(n));
  const stream = Array.from({ length: blocks }, (_, i) => toInteger(encrypt(counter(i + 2))));
  return {
    hashKey: toInteger(encrypt(new Uint8Array(16))),
    mask: toInteger(encrypt(counter(1))),
    stream,
  };
}

describe('one ciphertext under two keys', () => {
  const blocks = 64;
  const nonce = concatBytes(new Uint8Array(11), Uint8Array.of(1));
  const [keyA, keyB] = [1, 2].map((byte) => new Uint8Array(32).fill(byte)) as [
    Uint8Array,
    Uint8Array,
  ];

  /** A ciphertext whose tag is right under both keys: the last block is chosen so. */
  function makeBoth(plaintext: Uint8Array): Uint8Array {
    const [a, b] = [keyParts(keyA, nonce, blocks), keyParts(keyB, nonce, blocks)];
    const cipher = a.stream.map(
      (stream, i) => stream ^ toInteger(plaintext.subarray(16 * i, 16 * i + 16)),
    );
    const lengths = BigInt(blocks * 128);
    const hashUpTo = (hashKey: bigint, count: number) =>
      cipher.slice(0, count).reduce((sum, block) => multiply(sum ^ block, hashKey), 0n);
    // With x for the last block: tag = ((h ⊕ x)·H ⊕ lengths)·H ⊕ mask, the same for A and B.
    const rest = ({ hashKey, mask }: typeof a) => {
      const squared = multiply(hashKey, hashKey);
      const before = hashUpTo(hashKey, blocks - 1);
      return multiply(before, squared) ^ multiply(lengths, hashKey) ^ mask;
    };
    const squares = multiply(a.hashKey, a.hashKey) ^ multiply(b.hashKey, b.hashKey);
    const last = multiply(rest(a) ^ rest(b), inverse(squares));
    cipher[blocks - 1] = last;
    const tag = multiply(last, multiply(a.hashKey, a.hashKey)) ^ rest(a);
    return concatBytes(...cipher.map(toBlock), toBlock(tag));
  }

  it('is a thing that AES-GCM allows', async () => {
    const plaintext = new Uint8Array(16 * blocks).fill(65);
    const sealed = makeBoth(plaintext);
    const aad = new Uint8Array(0);
    const asA = await crypto.aead.open(sealed, { key: keyA, nonce, aad });
    const asB = await crypto.aead.open(sealed, { key: keyB, nonce, aad });
    expect(asA.subarray(0, 16 * (blocks - 1))).toEqual(plaintext.subarray(16));
    expect(asB).not.toEqual(asA);
  });
});

describe('a body that should open to two records', () => {
  it('opens to the one of its leaf: another record under the right keys is refused', async () => {
    const [positive, negative] = RESULTS as [Uint8Array, Uint8Array];
    const first = await unitOf(positive);
    const { realm } = first.opening.chart;
    // The author seals the other record under the keys of this unit, and names its body.
    const { label } = first.parsed;
    const metadata = RecordMetadata.encode(sampleRecord(negative).metadata);
    const { salt } = await headOf(
      { unit: first.parsed, keys: first.keys, index: 0 },
      first.opening.bodies.bodyOf(first.unit, 0),
      realm,
    );
    const head = bodyHead(salt, metadata);
    const plaintext = new Uint8Array(paddedLength(head.length + negative.length));
    plaintext.set(concatBytes(head, negative));
    const context = { key: bodyKey({ ...first.keys, label, index: 0 }, realm), label, index: 0 };
    const body = concatBytes(...(await sealBodyBytes(plaintext, context, crypto)));
    const manifest = {
      ...first.parsed.manifest,
      bodies: [{ digest: objectName(body, crypto), size: body.length }],
    };
    const unit = parseManifest(Manifest.encode(manifest), realm);
    expect(unit.label).toEqual(label);
    const read = async () => {
      const opened = await openRecord({ unit, keys: first.keys, index: 0 }, [body], realm);
      for await (const _ of opened.bytes);
    };
    expect(await codeOfAsync(read)).toBe('UNIT_INVALID');
  });
});

describe('keys of MACs', () => {
  it('have exactly 32 bytes, because HMAC takes a key and its padded form for one', () => {
    const short = new Uint8Array(31).fill(7);
    const padded = concatBytes(short, new Uint8Array(1));
    const message = encodeUtf8('message');
    expect(crypto.hmacSha256(short, message)).toEqual(crypto.hmacSha256(padded, message));
    for (const key of [short, concatBytes(padded, new Uint8Array(1)), new Uint8Array(0)]) {
      expect(() => mac('open-slot', key, [1], crypto)).toThrow('32 bytes');
    }
  });
});
