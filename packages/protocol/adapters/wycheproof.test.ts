import { createPrivateKey, decapsulate as decapsulateMlkem } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import sodiumWasm from 'libsodium-wrappers-sumo';
import sodium from 'sodium-native';
import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, parseHex, toHex } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { isLowS, lowS, passkeySignature } from '../transaction/passkey-signature.ts';
import { loadCrypto as loadBrowserCrypto } from './browser.ts';
import { loadCrypto } from './node.ts';

const folder = new URL('../../../../shared/data/wycheproof/', import.meta.url);
const node = await loadCrypto();
const browser = await loadBrowserCrypto();
const adapters: { name: string; crypto: Crypto }[] = [
  { name: 'Node', crypto: node },
  { name: 'browsers', crypto: browser },
];

type Group<T> = { readonly [field: string]: string | number | object } & { readonly tests: T[] };
interface Base {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

function loadGroups<T>(file: string): Group<T & Base>[] {
  const text = readFileSync(new URL(`${file}_test.json`, folder), 'utf8');
  return (JSON.parse(text) as { testGroups: Group<T & Base>[] }).testGroups;
}

/** Runs every case, so that one wrong verdict does not hide the others. */
function wrongCases<T>(file: string, judge: (test: T & Base, group: Group<T & Base>) => boolean) {
  const wrong: number[] = [];
  let count = 0;
  for (const group of loadGroups<T>(file)) {
    for (const test of group.tests) {
      count++;
      if (!judge(test, group)) wrong.push(test.tcId);
    }
  }
  return { wrong, count };
}

describe.skipIf(!existsSync(folder))('Wycheproof', () => {
  beforeAll(() => sodiumWasm.ready);

  describe.each(adapters)('with the adapter for $name', ({ crypto }) => {
    it('gives every Ed25519 case its verdict, by the transaction rule and by that of votes', () => {
      const votes: number[] = [];
      const { wrong, count } = wrongCases<{ msg: string; sig: string }>(
        'ed25519',
        ({ tcId, msg, sig, result }, { publicKey }) => {
          const key = parseHex((publicKey as { pk: string }).pk);
          const isAccepted = crypto.ed25519.verify(parseHex(sig), parseHex(msg), key);
          const isVote = crypto.ed25519.verifyVote(parseHex(sig), parseHex(msg), key);
          if (isVote !== isAccepted) votes.push(tcId);
          return isAccepted === (result === 'valid');
        },
      );
      expect(wrong).toEqual([]);
      expect(count).toBe(151);
      // An R that is not canonical: ZIP-215 takes it, and so does CometBFT.
      expect(votes).toEqual([151]);
    });

    it('gives every P-256 case with r ‖ s its verdict', () => {
      const { wrong, count } = wrongCases<{ msg: string; sig: string }>(
        'ecdsa_secp256r1_sha256_p1363',
        ({ msg, sig, result }, { publicKey }) => {
          const key = parseHex((publicKey as { uncompressed: string }).uncompressed);
          return crypto.p256.verify(parseHex(sig), parseHex(msg), key) === (result === 'valid');
        },
      );
      expect(wrong).toEqual([]);
      expect(count).toBe(262);
    });

    it('gives every P-256 case in DER its verdict, after the change to low s', () => {
      const { wrong, count } = wrongCases<{ msg: string; sig: string }>(
        'ecdsa_secp256r1_sha256',
        ({ msg, sig, result }, { publicKey }) => {
          const key = parseHex((publicKey as { uncompressed: string }).uncompressed);
          const der = parseHex(sig);
          if (codeOf(() => passkeySignature(der)) !== undefined) return result === 'invalid';
          const signature = passkeySignature(der);
          const isAccepted = crypto.p256.verify(signature, parseHex(msg), key);
          return isAccepted === (result === 'valid') && isLowS(signature.subarray(32));
        },
      );
      expect(wrong).toEqual([]);
      expect(count).toBe(484);
    });

    it('gives every AES-GCM case of our lengths its verdict, and takes no other', async () => {
      interface Test {
        readonly [part: string]: string;
      }
      let ours = 0;
      for (const group of loadGroups<Test>('aes_gcm')) {
        for (const test of group.tests) {
          const [key, nonce, aad, plaintext, ciphertext, tag] = [
            ...[test.key, test.iv, test.aad, test.msg, test.ct, test.tag],
          ].map((hex) => parseHex(hex!)) as [Uint8Array, Uint8Array, ...Uint8Array[]];
          const options = { key, nonce, aad: aad! };
          const sealed = concatBytes(ciphertext!, tag!);
          const open = () => crypto.aead.open(sealed, options);
          if (group.keySize !== 256 || group.ivSize !== 96) {
            expect(await codeOfAsync(open)).toBe('KEY_INVALID');
            continue;
          }
          ours++;
          const wanted = test.result === 'valid' ? undefined : 'SEAL_INVALID';
          expect(await codeOfAsync(open), `case ${test.tcId}`).toBe(wanted);
          if (wanted !== undefined) continue;
          expect(toHex(await open())).toBe(toHex(plaintext!));
          expect(toHex(await crypto.aead.seal(plaintext!, options))).toBe(toHex(sealed));
        }
      }
      expect(ours).toBeGreaterThan(60);
    });

    it('gives every HKDF case its keys', () => {
      interface Test {
        readonly ikm: string;
        readonly salt: string;
        readonly info: string;
        readonly size: number;
        readonly okm: string;
      }
      const { wrong, count } = wrongCases<Test>('hkdf_sha256', (test) => {
        const [key, salt, info] = [test.ikm, test.salt, test.info].map(parseHex);
        const options = { key: key!, salt: salt!, info: info!, length: test.size };
        if (test.result === 'invalid') {
          return codeOf(() => crypto.hkdfSha256(options)) === 'KEY_INVALID';
        }
        return toHex(crypto.hkdfSha256(options)) === test.okm;
      });
      expect(wrong).toEqual([]);
      expect(count).toBe(86);
    });
  });

  /** X25519 and ML-KEM-768 stand inside X-Wing: these are the functions that the adapters call. */
  const x25519: { name: string; multiply: (k: Uint8Array, u: Uint8Array) => Uint8Array }[] = [
    {
      name: 'sodium-native',
      multiply(scalar, point) {
        const shared = new Uint8Array(32);
        sodium.crypto_scalarmult(shared, scalar, point);
        return shared;
      },
    },
    {
      name: 'libsodium',
      multiply: (scalar, point) => sodiumWasm.crypto_scalarmult(scalar, point),
    },
  ];

  it.each(x25519)('gives every X25519 case its secret, and refuses zero: $name', ({ multiply }) => {
    interface Test {
      readonly public: string;
      readonly private: string;
      readonly shared: string;
    }
    const { wrong, count } = wrongCases<Test>('x25519', (test) => {
      const isZero = /^0+$/.test(test.shared);
      try {
        const shared = multiply(parseHex(test.private), parseHex(test.public));
        return !isZero && toHex(shared) === test.shared;
      } catch {
        return isZero;
      }
    });
    expect(wrong).toEqual([]);
    expect(count).toBe(518);
  });

  const mlkem: { name: string; open: (seed: Uint8Array, c: Uint8Array) => Uint8Array }[] = [
    {
      name: 'OpenSSL',
      open(seed, ciphertext) {
        if (seed.length !== 64) throw new Error('no seed');
        const prefix = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
        const der = Buffer.concat([prefix, seed]);
        const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
        return decapsulateMlkem(key, ciphertext);
      },
    },
    {
      name: 'libsodium',
      open(seed, ciphertext) {
        const { privateKey } = sodiumWasm.crypto_kem_mlkem768_seed_keypair(seed);
        return sodiumWasm.crypto_kem_mlkem768_dec(ciphertext, privateKey);
      },
    },
  ];

  it.each(mlkem)('gives every ML-KEM-768 case its verdict: $name', ({ open }) => {
    interface Test {
      readonly seed: string;
      readonly c: string;
      readonly K: string;
    }
    const { wrong, count } = wrongCases<Test>('mlkem_768', (test) => {
      try {
        const shared = open(parseHex(test.seed), parseHex(test.c));
        return test.result === 'valid' && toHex(shared) === test.K;
      } catch {
        return test.result === 'invalid';
      }
    });
    expect(wrong).toEqual([]);
    expect(count).toBe(193);
  });

  it('has cases with a high s, which transactions refuse and passkeys make low', () => {
    const groups = loadGroups<{ sig: string }>('ecdsa_secp256r1_sha256_p1363');
    const high = groups
      .flatMap(({ tests }) => tests)
      .filter(({ sig, result }) => result === 'valid' && sig.length === 128)
      .map(({ sig }) => parseHex(sig).subarray(32))
      .filter((s) => !isLowS(s));
    expect(high.length).toBeGreaterThan(10);
    for (const s of high) expect(isLowS(lowS(s))).toBe(true);
  });
});
