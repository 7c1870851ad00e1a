import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from './cbor/cbor.ts';
import { context, deriveKey, hash, mac, type Realm, tagged, taggedDigest } from './realm.ts';
import { TAGS } from './tags.ts';

const crypto = await loadCrypto();
const realm: Realm = { network: new Uint8Array(32).fill(7), crypto };
const other: Realm = { network: new Uint8Array(32).fill(8), crypto };
const key = new Uint8Array(32).fill(9);

/** The definition in the specification, written with Node alone. */
function prefixed(tag: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`ward/${tag}/v1\0`), bytes]);
}

describe('tags', () => {
  it('are kebab-case and unlike each other', () => {
    expect(new Set(TAGS).size).toBe(TAGS.length);
    for (const tag of TAGS) expect(tag).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('are never the beginning of one another, with the zero behind them', () => {
    const prefixes = TAGS.map((tag) => `ward/${tag}/v1\0`);
    for (const one of prefixes) {
      expect(prefixes.filter((another) => another.startsWith(one))).toEqual([one]);
    }
  });

  it('stand before the bytes that are signed', () => {
    expect(Buffer.from(tagged('unit', Uint8Array.of(1)))).toEqual(
      prefixed('unit', Uint8Array.of(1)),
    );
    const digest = createHash('sha256').update(prefixed('unit', key)).digest('hex');
    expect(Buffer.from(taggedDigest('unit', key, crypto)).toString('hex')).toBe(digest);
  });
});

describe('H(tag, x…)', () => {
  it('is SHA-256 over tag, zero and the CBOR list of network and parts', () => {
    const input = prefixed('grant', encodeCbor([realm.network, 'a', 5, key]));
    expect(Buffer.from(context('grant', ['a', 5, key], realm))).toEqual(input);
    expect(Buffer.from(hash('grant', ['a', 5, key], realm)).toString('hex')).toBe(
      createHash('sha256').update(input).digest('hex'),
    );
  });

  it('differs by tag, network, and where one part ends and the next begins', () => {
    const digests = [
      hash('grant', ['ab', 'c'], realm),
      hash('grant', ['a', 'bc'], realm),
      hash('label', ['ab', 'c'], realm),
      hash('grant', ['ab', 'c'], other),
      hash('grant', [['ab', 'c']], realm),
    ];
    expect(new Set(digests.map((digest) => Buffer.from(digest).toString('hex'))).size).toBe(5);
  });
});

describe('MAC(k, x…)', () => {
  it('is HMAC-SHA-256 over tag, zero and the CBOR list of the parts', () => {
    const input = prefixed('open-slot', encodeCbor([3]));
    expect(Buffer.from(mac('open-slot', key, [3], crypto)).toString('hex')).toBe(
      createHmac('sha256', key).update(input).digest('hex'),
    );
  });

  it('takes no key of another length, because HMAC pads short ones', () => {
    for (const length of [0, 16, 31, 33, 64]) {
      expect(() => mac('open-slot', new Uint8Array(length), [], crypto)).toThrow('32 bytes');
    }
  });
});

describe('derived keys', () => {
  it('are HKDF with the context as info and a salt of zeros unless given', () => {
    const info = context('caption', [1], realm);
    const expected = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(32), info, 32));
    expect(Buffer.from(deriveKey('caption', { key, parts: [1] }, realm))).toEqual(expected);
    const salt = new Uint8Array(32).fill(1);
    const salted = Buffer.from(hkdfSync('sha256', key, salt, info, 32));
    expect(Buffer.from(deriveKey('caption', { key, salt, parts: [1] }, realm))).toEqual(salted);
  });

  it('belong to one network', () => {
    const own = deriveKey('caption', { key, parts: [1] }, realm);
    expect(deriveKey('caption', { key, parts: [1] }, other)).not.toEqual(own);
  });
});
