import { type AEADFactory, CipherSuite, type KDFFactory, type KEM, type Key } from 'hpke';
import { concatBytes, equalBytes } from '../bytes.ts';
import {
  type Kem,
  type OpeningKey,
  SEAL_OVERHEAD_BYTES,
  SEALING_KEY_BYTES,
  type SealingKey,
} from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';

const ENCAPSULATION_BYTES = 1120;

export interface Encapsulation {
  readonly sharedSecret: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** X-Wing as an adapter offers it; P and S are its own forms of a ready public and secret key. */
export interface XWing<P, S> {
  publicKey(bytes: Uint8Array): P;
  secretKey(seed: Uint8Array): { readonly secret: S; readonly publicKeyBytes: Uint8Array };
  encapsulate(key: P): Encapsulation;
  decapsulate(ciphertext: Uint8Array, key: S): Uint8Array;
}

class XWingKey<T> implements Key {
  readonly algorithm = { name: 'MLKEM768-X25519' };
  readonly extractable = false;
  readonly type: 'public' | 'private';
  readonly ready: T;

  constructor(type: 'public' | 'private', ready: T) {
    this.type = type;
    this.ready = ready;
  }
}

const UNUSED = async (): Promise<never> => {
  throw new Error('keys are made outside the HPKE suite');
};

function xwingKem<P, S>(xwing: XWing<P, S>): KEM<Key> {
  return {
    id: 0x647a,
    type: 'KEM',
    name: 'MLKEM768-X25519',
    Nsecret: 32,
    Nenc: ENCAPSULATION_BYTES,
    Npk: SEALING_KEY_BYTES,
    Nsk: 32,
    DeriveKeyPair: UNUSED,
    GenerateKeyPair: UNUSED,
    SerializePublicKey: UNUSED,
    DeserializePublicKey: UNUSED,
    SerializePrivateKey: UNUSED,
    DeserializePrivateKey: UNUSED,
    async Encap(key) {
      const { sharedSecret, ciphertext } = xwing.encapsulate((key as XWingKey<P>).ready);
      return { shared_secret: sharedSecret, enc: ciphertext };
    },
    Decap: async (enc, key) => xwing.decapsulate(enc, (key as XWingKey<S>).ready),
  };
}

interface ReadySealingKey<P> extends SealingKey {
  /** Imported. Of an own key it is so when somebody first seals to it. */
  readonly key: XWingKey<P>;
}
interface ReadyOpeningKey<S> extends OpeningKey {
  readonly key: XWingKey<S>;
}

export interface HpkeParts<P, S> {
  readonly xwing: XWing<P, S>;
  readonly kdf: KDFFactory;
  readonly aead: AEADFactory;
}

/** The `Kem` port: single-shot HPKE over an adapter's X-Wing, HKDF and AES-GCM. */
export function hpkeKem<P, S>({ xwing, kdf, aead }: HpkeParts<P, S>): Kem {
  const suite = new CipherSuite(() => xwingKem(xwing), kdf, aead);
  // To import a key takes as long as to seal to it. Who seals many times to one key passes the same
  // array each time; that nobody wrote into it is looked at.
  const imported = new WeakMap<Uint8Array, ReadySealingKey<P>>();
  const sealingKey = (bytes: Uint8Array): ReadySealingKey<P> => {
    if (bytes.length !== SEALING_KEY_BYTES) throw refuse('KEY_INVALID', { length: bytes.length });
    const known = imported.get(bytes);
    if (known !== undefined && equalBytes(known.bytes, bytes)) return known;
    const own = bytes.slice();
    const ready = { bytes: own, key: new XWingKey('public' as const, xwing.publicKey(own)) };
    imported.set(bytes, ready);
    return ready;
  };
  return {
    sealingKey,
    openingKey(seed): ReadyOpeningKey<S> {
      if (seed.length !== 32) throw refuse('KEY_INVALID', { length: seed.length });
      const { secret, publicKeyBytes: bytes } = xwing.secretKey(seed);
      const own = {
        bytes,
        get key() {
          return sealingKey(bytes).key;
        },
      };
      return { sealingKey: own, key: new XWingKey('private', secret) };
    },
    async seal(plaintext, { to, info }) {
      const { key } = to as ReadySealingKey<P>;
      try {
        const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, { info });
        return concatBytes(encapsulatedSecret, ciphertext);
      } catch {
        // All that can fail is the key: a point of small order, or no key of ML-KEM.
        throw refuse('KEY_INVALID', { length: to.bytes.length });
      }
    },
    async open(sealed, { with: opening, info }) {
      const { length } = sealed;
      if (length < SEAL_OVERHEAD_BYTES) throw refuse('SEAL_INVALID', { length });
      const enc = sealed.slice(0, ENCAPSULATION_BYTES);
      const ciphertext = sealed.slice(ENCAPSULATION_BYTES);
      try {
        return await suite.Open((opening as ReadyOpeningKey<S>).key, enc, ciphertext, { info });
      } catch {
        throw refuse('SEAL_INVALID', { length });
      }
    },
  };
}
