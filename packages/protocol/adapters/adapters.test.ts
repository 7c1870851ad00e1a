import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  sign,
  verify,
} from 'node:crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { concatBytes, parseHex, toHex } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { encodeUtf8 } from '../utf8.ts';
import * as browser from './browser.ts';
import * as node from './node.ts';

const adapters: { name: string; crypto: Crypto }[] = [
  { name: 'Node', crypto: await node.loadCrypto() },
  { name: 'browsers', crypto: await browser.loadCrypto() },
];
const random = seededRandom(1);

describe.each(adapters)('the adapter for $name', ({ crypto }) => {
  it('hashes the examples of FIPS 180-4, at once and in pieces', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(toHex(crypto.sha256(encodeUtf8('abc')))).toBe(abc);
    expect(toHex(crypto.sha256(new Uint8Array(0)))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    const stream = crypto.sha256Stream();
    for (const piece of ['a', '', 'bc']) stream.update(encodeUtf8(piece));
    expect(toHex(stream.digest())).toBe(abc);
    expect(toHex(crypto.ristretto.sha512(encodeUtf8('abc'))).slice(0, 32)).toBe(
      'ddaf35a193617abacc417349ae204131',
    );
  });

  it('gives digests that nothing that happens later changes', () => {
    const inputs = Array.from({ length: 1000 }, () => random.bytes(random.below(200)));
    const digests = inputs.map((input) => crypto.sha256(input));
    const asText = digests.map(toHex);
    // A digest of a digest, HMACs and signatures, which hash too.
    for (const digest of digests) crypto.hmacSha256(crypto.sha256(digest), digest);
    expect(digests.map(toHex)).toEqual(asText);
    expect(asText).toEqual(inputs.map((input) => createHash('sha256').update(input).digest('hex')));
  });

  it('gives each caller digests of its own: what one writes into its own, no other sees', () => {
    const inputs = Array.from({ length: 200 }, (_, i) => Uint8Array.of(i));
    const digests = inputs.map((input) => crypto.sha256(input));
    for (let i = 0; i < digests.length; i += 2) digests[i]!.fill(0);
    for (const [i, digest] of digests.entries()) {
      expect(digest).toHaveLength(32);
      const expected = i % 2 === 0 ? new Uint8Array(32) : crypto.sha256(inputs[i]!);
      expect(toHex(digest)).toBe(toHex(expected));
    }
  });

  it('hands on a digest without those that came before and behind it', () => {
    const digests = Array.from({ length: 70 }, (_, i) => crypto.sha256(Uint8Array.of(i)));
    const texts = digests.map(toHex);
    for (const [i, digest] of digests.entries()) {
      expect(toHex(structuredClone(digest))).toBe(texts[i]);
      expect(toHex(digest.slice())).toBe(texts[i]);
      expect(digest.slice().buffer.byteLength).toBe(32);
    }
  });

  it('goes on where a caller has given a digest away with its buffer', () => {
    const [first, second] = [crypto.sha256(Uint8Array.of(1)), crypto.sha256(Uint8Array.of(2))];
    const text = toHex(second!);
    const moved = structuredClone(first!, { transfer: [first!.buffer as ArrayBuffer] });
    expect(toHex(moved)).toBe(toHex(crypto.sha256(Uint8Array.of(1))));
    expect(toHex(crypto.sha256(Uint8Array.of(2)))).toBe(text);
  });

  it('computes HMAC as RFC 4231 does, for keys of every length', () => {
    const jefe = crypto.hmacSha256(encodeUtf8('Jefe'), encodeUtf8('what do ya want for nothing?'));
    expect(toHex(jefe)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    for (const length of [0, 1, 32, 63, 64, 65, 131]) {
      const key = random.bytes(length);
      const expected = createHmac('sha256', key).update(key).digest('hex');
      expect(toHex(crypto.hmacSha256(key, key))).toBe(expected);
    }
  });

  it('derives keys as RFC 5869 does, up to its limit', () => {
    const first = {
      key: parseHex('0b'.repeat(22)),
      salt: parseHex('000102030405060708090a0b0c'),
      info: parseHex('f0f1f2f3f4f5f6f7f8f9'),
      length: 42,
    };
    expect(toHex(crypto.hkdfSha256(first))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    for (const length of [1, 32, 33, 8160]) {
      const { key, salt, info } = first;
      const expected = Buffer.from(hkdfSync('sha256', key, salt, info, length)).toString('hex');
      expect(toHex(crypto.hkdfSha256({ ...first, length }))).toBe(expected);
    }
    expect(codeOf(() => crypto.hkdfSha256({ ...first, length: 8161 }))).toBe('KEY_INVALID');
  });

  it('signs as RFC 8032 does, and only with keys of the right length', () => {
    const { ed25519 } = crypto;
    const pair = ed25519.keyPair(
      parseHex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'),
    );
    expect(toHex(pair.publicKey)).toBe(
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    );
    const signature = ed25519.sign(parseHex('af82'), pair.secretKey);
    expect(toHex(signature)).toBe(
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
        '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    );
    expect(ed25519.verify(signature, parseHex('af82'), pair.publicKey)).toBe(true);
    expect(ed25519.verifyVote(signature, parseHex('af82'), pair.publicKey)).toBe(true);
    expect(codeOf(() => ed25519.keyPair(new Uint8Array(31)))).toBe('KEY_INVALID');
    expect(codeOf(() => ed25519.sign(new Uint8Array(0), new Uint8Array(32)))).toBe('KEY_INVALID');
  });

  it('refuses signatures and keys of another length, by both rules', () => {
    const { ed25519 } = crypto;
    const pair = ed25519.keyPair(new Uint8Array(32));
    const signature = ed25519.sign(new Uint8Array(3), pair.secretKey);
    const longer = (bytes: Uint8Array) => concatBytes(bytes, Uint8Array.of(0));
    for (const check of [ed25519.verify, ed25519.verifyVote]) {
      const message = new Uint8Array(3);
      expect(check(signature, message, pair.publicKey)).toBe(true);
      expect(check(longer(signature), message, pair.publicKey)).toBe(false);
      expect(check(signature.slice(1), message, pair.publicKey)).toBe(false);
      expect(check(signature, message, longer(pair.publicKey))).toBe(false);
      expect(check(signature, message, pair.publicKey.slice(1))).toBe(false);
      expect(check(new Uint8Array(0), message, new Uint8Array(0))).toBe(false);
    }
  });

  it('verifies P-256 with both values of s, and points only in the long form', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const [px, py] = [x!, y!].map((part) => new Uint8Array(Buffer.from(part, 'base64url')));
    const point = concatBytes(Uint8Array.of(4), px!, py!);
    const message = random.bytes(50);
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = new Uint8Array(sign('sha256', message, key));
    expect(crypto.p256.verify(signature, message, point)).toBe(true);
    expect(crypto.p256.verify(signature, random.bytes(50), point)).toBe(false);
    expect(crypto.p256.verify(signature.slice(1), message, point)).toBe(false);
    const compressed = concatBytes(Uint8Array.of(2 + (py![31]! & 1)), px!);
    expect(crypto.p256.verify(signature, message, compressed)).toBe(false);
    const hybrid = concatBytes(Uint8Array.of(6 + (py![31]! & 1)), px!, py!);
    expect(crypto.p256.verify(signature, message, hybrid)).toBe(false);
    expect(crypto.p256.verify(signature, message, new Uint8Array(65))).toBe(false);
    expect(crypto.p256.verify(new Uint8Array(64), message, point)).toBe(false);
  });

  it('seals with AES-256-GCM, and opens nothing that was altered', async () => {
    const options = { key: random.bytes(32), nonce: random.bytes(12), aad: random.bytes(7) };
    for (const size of [0, 1, 15, 16, 17, 70_000]) {
      const plaintext = random.bytes(size);
      const sealed = await crypto.aead.seal(plaintext, options);
      expect(sealed).toHaveLength(size + 16);
      const parts = await crypto.aead.sealParts(plaintext, options);
      expect(parts.map(({ length }) => length)).toEqual([size, 16]);
      expect(concatBytes(...parts)).toEqual(sealed);
      expect(await crypto.aead.open(sealed, options)).toEqual(plaintext);
      const altered = sealed.with(random.below(sealed.length), 0).with(0, sealed[0]! ^ 1);
      const others = [
        { sealed: altered, options },
        { sealed: sealed.slice(0, -1), options },
        { sealed, options: { ...options, aad: new Uint8Array(0) } },
        { sealed, options: { ...options, nonce: random.bytes(12) } },
        { sealed, options: { ...options, key: random.bytes(32) } },
      ];
      for (const other of others) {
        const work = () => crypto.aead.open(other.sealed, other.options);
        expect(await codeOfAsync(work)).toBe('SEAL_INVALID');
      }
    }
  });

  it('takes keys and nonces of AES only at their one length', async () => {
    const good = { key: new Uint8Array(32), nonce: new Uint8Array(12), aad: new Uint8Array(0) };
    const sealed = await crypto.aead.seal(new Uint8Array(4), good);
    const bad = [
      { ...good, key: new Uint8Array(16) },
      { ...good, key: new Uint8Array(0) },
      { ...good, nonce: new Uint8Array(8) },
      { ...good, nonce: new Uint8Array(16) },
    ];
    for (const options of bad) {
      expect(await codeOfAsync(() => crypto.aead.seal(new Uint8Array(4), options))).toBe(
        'KEY_INVALID',
      );
      const parts = () => crypto.aead.sealParts(new Uint8Array(4), options);
      expect(await codeOfAsync(parts)).toBe('KEY_INVALID');
      expect(await codeOfAsync(() => crypto.aead.open(sealed, options))).toBe('KEY_INVALID');
    }
    expect(await codeOfAsync(() => crypto.aead.open(new Uint8Array(15), good))).toBe(
      'SEAL_INVALID',
    );
  });

  it('hands out plain byte arrays that are nobody else’s', async () => {
    const { ed25519, kem, aead, ristretto } = crypto;
    const pair = ed25519.keyPair(new Uint8Array(32));
    const options = { key: new Uint8Array(32), nonce: new Uint8Array(12), aad: new Uint8Array(0) };
    const sealed = await aead.seal(new Uint8Array(5), options);
    const opening = kem.openingKey(new Uint8Array(32));
    const info = new Uint8Array(32);
    const letter = await kem.seal(new Uint8Array(5), { to: opening.sealingKey, info });
    const results = [
      crypto.sha256(info),
      crypto.hmacSha256(info, info),
      crypto.hkdfSha256({ key: info, salt: info, info, length: 32 }),
      pair.publicKey,
      pair.secretKey,
      ed25519.sign(info, pair.secretKey),
      sealed,
      await aead.open(sealed, options),
      letter,
      await kem.open(letter, { with: opening, info }),
      opening.sealingKey.bytes,
      ristretto.sha512(info),
    ];
    for (const result of results) {
      expect(result.constructor).toBe(Uint8Array);
      // A slice of a plain array is a copy: a later write must not show through a shared buffer.
      expect(result.slice().constructor).toBe(Uint8Array);
    }
  });
});

describe('clock and randomness of the platform', () => {
  it.each([
    ['Node', node],
    ['browsers', browser],
  ])('are there for %s, in any length', (_, { systemClock, systemRandom }) => {
    expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1000);
    for (const length of [0, 1, 32, 65_536, 200_000]) {
      expect(systemRandom.bytes(length)).toHaveLength(length);
    }
    const long = systemRandom.bytes(200_000);
    expect(toHex(long.subarray(0, 32))).not.toBe(toHex(systemRandom.bytes(32)));
    expect(long.subarray(150_000).some((byte) => byte !== 0)).toBe(true);
  });
});

it('makes Ed25519 keys that OpenSSL takes as well', () => {
  const { crypto } = adapters[0]!;
  const pair = crypto.ed25519.keyPair(random.bytes(32));
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), pair.publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const message = random.bytes(100);
  expect(verify(null, message, key, crypto.ed25519.sign(message, pair.secretKey))).toBe(true);
});
