import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import sodiumWasm from 'libsodium-wrappers-sumo';
import sodium from 'sodium-native';
import { describe, expect, it } from 'vitest';
import { concatBytes, parseHex } from '../bytes.ts';
import { loadCrypto as loadBrowserCrypto } from './browser.ts';
import { loadCrypto } from './node.ts';
import { type Edwards, signatureRules } from './signature-rules.ts';

interface Signed {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
}

const { ORDER } = ed25519.Point.Fn;
const adapters = [
  { name: 'Node', rules: (await loadCrypto()).ed25519 },
  { name: 'browsers', rules: (await loadBrowserCrypto()).ed25519 },
];
const path = new URL('../../../vectors/protocol/signatures.json', import.meta.url);
const cases = (
  JSON.parse(readFileSync(path, 'utf8')) as {
    cases: ({ name: string; transaction: boolean } & Record<keyof Signed, string>)[];
  }
).cases.map(({ name, transaction, signature, message, publicKey }) => ({
  name,
  transaction,
  signature: parseHex(signature),
  message: parseHex(message),
  publicKey: parseHex(publicKey),
}));
const accepted = cases.filter(({ transaction }) => transaction);

function isAcceptedBySodium({ signature, message, publicKey }: Signed): boolean {
  const native = sodium.crypto_sign_verify_detached(signature, message, publicKey) === true;
  expect(sodiumWasm.crypto_sign_verify_detached(signature, message, publicKey)).toBe(native);
  return native;
}

/** The rule by another implementation, whose strict mode lets R be of small order. */
function isAcceptedByNoble({ signature, message, publicKey }: Signed): boolean {
  if (!ed25519.verify(signature, message, publicKey, { zip215: false })) return false;
  return !ed25519.Point.fromBytes(signature.subarray(0, 32)).isSmallOrder();
}

const flip = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

const scalar = (signature: Uint8Array) =>
  BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`);

function withScalar(signature: Uint8Array, s: bigint): Uint8Array {
  const bytes = parseHex(s.toString(16).padStart(64, '0')).reverse();
  return concatBytes(signature.subarray(0, 32), bytes);
}

/** A case of the vectors with nothing, a bit or a whole part changed. */
const altered: fc.Arbitrary<Signed> = fc
  .record({
    one: fc.constantFrom(...accepted),
    other: fc.constantFrom(...cases),
    kind: fc.constantFrom(
      'none',
      'S',
      'S + n L',
      'signature',
      'key',
      'message',
      'R from',
      'key from',
    ),
    number: fc.nat({ max: 511 }),
  })
  .map(({ one, other, kind, number }) => {
    const { signature, message, publicKey } = one;
    const s = scalar(signature);
    switch (kind) {
      case 'S':
        return { ...one, signature: withScalar(signature, (s + BigInt(number)) % ORDER) };
      case 'S + n L':
        return { ...one, signature: withScalar(signature, s + ORDER * BigInt(number % 14)) };
      case 'signature':
        return { ...one, signature: flip(signature, number) };
      case 'key':
        return { ...one, publicKey: flip(publicKey, number & 255) };
      case 'message':
        return { ...one, message: flip(message, number) };
      case 'R from': {
        const r = other.signature.subarray(0, 32);
        return { ...one, signature: concatBytes(r, signature.subarray(32)) };
      }
      case 'key from':
        return { ...one, publicKey: other.publicKey };
      default:
        return one;
    }
  });

describe.each(adapters)('with the adapter for $name', ({ rules }) => {
  it('accepts all that libsodium does, and more', () => {
    const bySodium = cases.filter(isAcceptedBySodium);
    expect(bySodium.length).toBeGreaterThan(8);
    for (const { signature, message, publicKey } of bySodium) {
      expect(rules.verify(signature, message, publicKey)).toBe(true);
    }
    expect(accepted.length).toBeGreaterThan(bySodium.length + 50);
  });

  it('gives signatures that were altered the verdict of another implementation', () => {
    let count = 0;
    fc.assert(
      fc.property(altered, (one) => {
        const isAccepted = isAcceptedByNoble(one);
        if (isAccepted) count++;
        expect(rules.verify(one.signature, one.message, one.publicKey)).toBe(isAccepted);
      }),
      { numRuns: 300 },
    );
    expect(count).toBeGreaterThan(0);
  });

  it('judges bytes wherever they lie, without a change to them', () => {
    for (const { name, signature, message, publicKey } of accepted) {
      const shared = (bytes: Uint8Array) => {
        const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
        copy.set(bytes);
        return copy;
      };
      const within = (bytes: Uint8Array) => concatBytes(bytes, bytes).subarray(bytes.length);
      for (const place of [shared, within, Buffer.from]) {
        const parts = [signature, message, publicKey].map((part) => place(part as Buffer));
        const [first, second, third] = parts as [Uint8Array, Uint8Array, Uint8Array];
        expect(rules.verify(first, second, third), name).toBe(true);
        expect([first, second, third].map((part) => new Uint8Array(part))).toEqual([
          ...[signature, message, publicKey],
        ]);
      }
    }
  });
});

it('is refused before anything is multiplied: S of L and more, R and keys that may not be', () => {
  let multiplied = 0;
  const counting: Edwards = {
    verify: () => false,
    sha512: (bytes) => sodiumWasm.crypto_hash_sha512(bytes),
    reduceScalar: (bytes) => sodiumWasm.crypto_core_ed25519_scalar_reduce(bytes),
    add: (a, b) => sodiumWasm.crypto_core_ed25519_add(a, b),
    multiply(by, point) {
      multiplied++;
      return sodiumWasm.crypto_scalarmult_ed25519_noclamp(by, point);
    },
    multiplyBase(by) {
      multiplied++;
      return sodiumWasm.crypto_scalarmult_ed25519_base_noclamp(by);
    },
  };
  const { verify } = signatureRules(counting);
  const early = cases.filter(({ name }) =>
    /not canonical|no point|small order \d|S \+ \d? ?L|S of L$|identity/.test(name),
  );
  expect(early.length).toBeGreaterThan(200);
  for (const { name, signature, message, publicKey } of early) {
    expect(verify(signature, message, publicKey)).toBe(false);
    expect(multiplied, name).toBe(0);
  }
  const { signature, message, publicKey } = accepted[0]!;
  expect(verify(signature, message, publicKey)).toBe(true);
  expect(multiplied).toBe(2);
});
