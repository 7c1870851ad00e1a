import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import sodium from 'libsodium-wrappers-sumo';
import { describe, expect, it } from 'vitest';
import { concatBytes, parseHex, toHex } from '../bytes.ts';
import { type Kem, SEAL_OVERHEAD_BYTES, SEALING_KEY_BYTES } from '../crypto.ts';
import { loadCrypto as loadBrowserCrypto } from './browser.ts';
import { loadCrypto } from './node.ts';
import { nodeXWing } from './node-xwing.ts';

const node = (await loadCrypto()).kem;
const browser = (await loadBrowserCrypto()).kem;
const random = seededRandom(2);
const info = random.bytes(32);
const ENCAPSULATION_BYTES = 1120;

const pairs: { name: string; from: Kem; to: Kem }[] = [
  { name: 'Node to Node', from: node, to: node },
  { name: 'Node to browsers', from: node, to: browser },
  { name: 'browsers to Node', from: browser, to: node },
  { name: 'browsers to browsers', from: browser, to: browser },
];

describe.each(pairs)('a seal from $name', ({ from, to }) => {
  const opening = to.openingKey(random.bytes(32));
  const sealingKey = from.sealingKey(opening.sealingKey.bytes);

  it('opens to what was sealed', async () => {
    for (const size of [0, 1, 32, 5000]) {
      const plaintext = random.bytes(size);
      const sealed = await from.seal(plaintext, { to: sealingKey, info });
      expect(sealed).toHaveLength(size + SEAL_OVERHEAD_BYTES);
      expect(await to.open(sealed, { with: opening, info })).toEqual(plaintext);
    }
  });

  it('is another one each time', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => from.seal(info, { to: sealingKey, info })));
    expect(toHex(a!)).not.toBe(toHex(b!));
  });

  it('opens with no other key, in no other context and not when it is altered', async () => {
    const sealed = await from.seal(info, { to: sealingKey, info });
    const other = to.openingKey(random.bytes(32));
    const open = (bytes: Uint8Array, options = { with: opening, info }) =>
      codeOfAsync(() => to.open(bytes, options));
    expect(await open(sealed)).toBeUndefined();
    expect(await open(sealed, { with: other, info })).toBe('SEAL_INVALID');
    expect(await open(sealed, { with: opening, info: random.bytes(32) })).toBe('SEAL_INVALID');
    for (const at of [0, 1087, 1088, 1119, 1120, sealed.length - 1]) {
      expect(await open(sealed.with(at, sealed[at]! ^ 4))).toBe('SEAL_INVALID');
    }
    for (const length of [0, 1, 1120, SEAL_OVERHEAD_BYTES - 1, sealed.length - 1]) {
      expect(await open(sealed.slice(0, length))).toBe('SEAL_INVALID');
    }
    expect(await open(concatBytes(sealed, Uint8Array.of(0)))).toBe('SEAL_INVALID');
  });
});

describe.each([
  { name: 'Node', kem: node },
  { name: 'browsers', kem: browser },
])('keys for $name', ({ kem }) => {
  it('come from 32 bytes, the same on every platform', () => {
    const seed = random.bytes(32);
    const { bytes } = kem.openingKey(seed).sealingKey;
    expect(bytes).toHaveLength(SEALING_KEY_BYTES);
    expect(bytes).toEqual(node.openingKey(seed).sealingKey.bytes);
  });

  it('of another length are refused', () => {
    for (const length of [0, 31, 33, 64]) {
      expect(codeOf(() => kem.openingKey(new Uint8Array(length)))).toBe('KEY_INVALID');
    }
    for (const length of [0, 1215, 1217]) {
      expect(codeOf(() => kem.sealingKey(new Uint8Array(length)))).toBe('KEY_INVALID');
    }
  });

  it('that are no keys are refused before anything is sealed to them', async () => {
    const { bytes } = kem.openingKey(random.bytes(32)).sealingKey;
    const seal = (key: Uint8Array) =>
      codeOfAsync(async () => kem.seal(info, { to: kem.sealingKey(key), info }));
    expect(await seal(bytes)).toBeUndefined();
    const notReduced = bytes.slice().fill(0xff, 0, 1184);
    expect(await seal(notReduced)).toBe('KEY_INVALID');
    const smallOrder = bytes.slice().fill(0, 1184);
    expect(await seal(smallOrder)).toBe('KEY_INVALID');
  });

  it('do not open an encapsulation whose X25519 part has small order', async () => {
    const opening = kem.openingKey(random.bytes(32));
    const sealed = await kem.seal(info, { to: opening.sealingKey, info });
    const forged = sealed.slice().fill(0, 1088, ENCAPSULATION_BYTES);
    expect(await codeOfAsync(() => kem.open(forged, { with: opening, info }))).toBe('SEAL_INVALID');
  });
});

describe('X-Wing', () => {
  /** The first vector of draft-connolly-cfrg-xwing-kem. */
  const seed = parseHex('7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26');
  const encapsulationSeed = parseHex(
    '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2' +
      '35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
  );
  const sharedSecret = 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384';

  it('decapsulates to the shared secret of the draft', async () => {
    await sodium.ready;
    const { secret, publicKeyBytes } = nodeXWing.secretKey(seed);
    const made = sodium.crypto_kem_xwing_enc_deterministic(publicKeyBytes, encapsulationSeed);
    expect(toHex(made.sharedSecret)).toBe(sharedSecret);
    expect(toHex(nodeXWing.decapsulate(made.ciphertext, secret))).toBe(sharedSecret);
    const { publicKey } = sodium.crypto_kem_xwing_seed_keypair(seed);
    expect(toHex(publicKeyBytes)).toBe(toHex(publicKey));
  });

  it('gives some other secret, not an error, for an altered ML-KEM part', () => {
    const { secret, publicKeyBytes } = nodeXWing.secretKey(seed);
    const { ciphertext, sharedSecret } = nodeXWing.encapsulate(nodeXWing.publicKey(publicKeyBytes));
    expect(toHex(nodeXWing.decapsulate(ciphertext, secret))).toBe(toHex(sharedSecret));
    const other = nodeXWing.decapsulate(ciphertext.with(0, ciphertext[0]! ^ 1), secret);
    expect(toHex(other)).not.toBe(toHex(sharedSecret));
  });
});

describe('the KEM that the hpke library brings itself', () => {
  const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

  it.each(pairs.slice(0, 3))('understands our seals and is understood: $name', async ({ from }) => {
    const pair = await suite.GenerateKeyPair(true);
    const bytes = await suite.SerializePublicKey(pair.publicKey);
    const sealed = await from.seal(info, { to: from.sealingKey(bytes), info });
    const [enc, ciphertext] = [
      sealed.slice(0, ENCAPSULATION_BYTES),
      sealed.slice(ENCAPSULATION_BYTES),
    ];
    expect(await suite.Open(pair.privateKey, enc, ciphertext, { info })).toEqual(info);
    const opening = from.openingKey(await suite.SerializePrivateKey(pair.privateKey));
    const theirs = await suite.Seal(pair.publicKey, info, { info });
    const letter = concatBytes(theirs.encapsulatedSecret, theirs.ciphertext);
    expect(await from.open(letter, { with: opening, info })).toEqual(info);
  });
});
