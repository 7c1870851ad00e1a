import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, equalBytes } from '../bytes.ts';
import type { Ed25519 } from '../crypto.ts';

/** What libsodium computes on edwards25519; all but `verify` throw where a point is none. */
export interface Edwards {
  /** libsodium's own rule, the equation without the cofactor; takes any bytes and never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  sha512(bytes: Uint8Array): Uint8Array;
  /** 64 bytes, little-endian, modulo the order of the group. */
  reduceScalar(bytes: Uint8Array): Uint8Array;
  /** Takes any encoding of any point of the curve, gives the canonical one of the sum. */
  add(a: Uint8Array, b: Uint8Array): Uint8Array;
  /** scalar · point, for a point of the prime order; throws where the result is the identity. */
  multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array;
  /** scalar · B; throws where the result is the identity. */
  multiplyBase(scalar: Uint8Array): Uint8Array;
}

const ZERO = new Uint8Array(32);
const IDENTITY = Uint8Array.from(ZERO, (_, i) => (i === 0 ? 1 : 0));

/**
 * The two rules of Ed25519 (docs/protocol.md, "Signatures"). Both accept everything that libsodium
 * does, so its fast check goes first and the slow ones see only what that refused.
 */
export function signatureRules(edwards: Edwards): Pick<Ed25519, 'verify' | 'verifyVote'> {
  return {
    verify: (signature, message, publicKey) =>
      signature.length === 64 &&
      publicKey.length === 32 &&
      (edwards.verify(signature, message, publicKey) ||
        verifyCofactored({ signature, message, publicKey }, edwards)),
    verifyVote: (signature, message, publicKey) =>
      signature.length === 64 &&
      publicKey.length === 32 &&
      (edwards.verify(signature, message, publicKey) ||
        verifyZip215({ signature, message, publicKey })),
  };
}

interface Signed {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
}

/**
 * RFC 8032, 5.1.7, with the cofactor: 8·S·B = 8·R + 8·h·A. By libsodium's arithmetic, since
 * strangers may send what ends here and noble takes four times as long.
 */
function verifyCofactored({ signature, message, publicKey }: Signed, edwards: Edwards): boolean {
  try {
    // Copies: what is judged stays the same even in memory that another thread writes to.
    const hashed = concatBytes(signature.subarray(0, 32), publicKey, message);
    const [r, a] = [hashed.subarray(0, 32), hashed.subarray(32, 64)];
    const s = signature.slice(32);
    if (!equalBytes(edwards.reduceScalar(concatBytes(s, ZERO)), s)) return false;
    if (!isCanonical(a, edwards) || !isCanonical(r, edwards)) return false;
    const [eightA, eightR] = [timesEight(a, edwards), timesEight(r, edwards)];
    if (equalBytes(eightA, IDENTITY) || equalBytes(eightR, IDENTITY)) return false;
    const h = edwards.reduceScalar(edwards.sha512(hashed));
    const right = edwards.add(eightR, isZero(h) ? IDENTITY : edwards.multiply(h, eightA));
    const left = isZero(s) ? IDENTITY : timesEight(edwards.multiplyBase(s), edwards);
    return equalBytes(left, right);
  } catch {
    return false;
  }
}

function isZero(scalar: Uint8Array): boolean {
  return equalBytes(scalar, ZERO);
}

function isCanonical(point: Uint8Array, edwards: Edwards): boolean {
  return equalBytes(edwards.add(point, IDENTITY), point);
}

function timesEight(point: Uint8Array, edwards: Edwards): Uint8Array {
  const two = edwards.add(point, point);
  const four = edwards.add(two, two);
  return edwards.add(four, four);
}

/** ZIP-215, CometBFT's rule for votes. */
function verifyZip215({ signature, message, publicKey }: Signed): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false;
  }
}
