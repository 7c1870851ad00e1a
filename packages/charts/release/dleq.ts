import { type Crypto, concatBytes, encodeUtf8, equalBytes, type Random } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { hashToScalar, isScalar, randomScalar } from './scalar.ts';

// RFC 9497, section 2.2, for ristretto255-SHA512 and with A the base of the group. The names are
// the RFC's, so that the two can be laid side by side.

/** Proof that one scalar k leads from A to B and from every C to its D. */
export interface EqualityProof {
  readonly c: Uint8Array;
  readonly s: Uint8Array;
}

export interface EqualityStatement {
  /** B = k·A. */
  readonly b: Uint8Array;
  /** C: what was multiplied. D: what came of it. At least one, and as many of each. */
  readonly cs: readonly Uint8Array[];
  readonly ds: readonly Uint8Array[];
  /** The RFC's contextString: what the proof is for. At most 200 bytes. */
  readonly context: Uint8Array;
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes);
}

function scalarDomain(context: Uint8Array): Uint8Array {
  return concatBytes(encodeUtf8('HashToScalar-'), context);
}

/** Weights dᵢ of ComputeComposites. */
function weights({ b, cs, ds, context }: EqualityStatement, crypto: Crypto): Uint8Array[] {
  const seedDomain = concatBytes(encodeUtf8('Seed-'), context);
  const seed = crypto.ristretto.sha512(concatBytes(lengthPrefixed(b), lengthPrefixed(seedDomain)));
  return cs.map((c, i) => {
    const transcript = concatBytes(
      lengthPrefixed(seed),
      Uint8Array.of(i >> 8, i & 255),
      lengthPrefixed(c),
      lengthPrefixed(ds[i]!),
      encodeUtf8('Composite'),
    );
    return hashToScalar(transcript, scalarDomain(context), crypto);
  });
}

/** Σ factorᵢ · pointᵢ; undefined where a point is invalid or the identity. */
function composite(
  points: readonly Uint8Array[],
  factors: readonly Uint8Array[],
  crypto: Crypto,
): Uint8Array | undefined {
  let sum: Uint8Array | undefined;
  for (const [i, point] of points.entries()) {
    const product = crypto.ristretto.multiply(factors[i]!, point);
    if (product === undefined) return undefined;
    sum = sum === undefined ? product : crypto.ristretto.add(sum, product);
  }
  return sum;
}

interface Transcript {
  readonly m: Uint8Array;
  readonly z: Uint8Array;
  readonly t2: Uint8Array;
  readonly t3: Uint8Array;
}

function challenge({ b, context }: EqualityStatement, points: Transcript, crypto: Crypto) {
  const { m, z, t2, t3 } = points;
  const parts = [b, m, z, t2, t3].map(lengthPrefixed);
  const transcript = concatBytes(...parts, encodeUtf8('Challenge'));
  return hashToScalar(transcript, scalarDomain(context), crypto);
}

/**
 * GenerateProof of RFC 9497, section 2.2.1.
 *
 * @throws WardError `SHARE_PROOF_INVALID` when a C or D is no point, or the identity.
 */
export function proveEquality(
  k: Uint8Array,
  statement: EqualityStatement,
  random: Random,
  crypto: Crypto,
): EqualityProof {
  const { multiply, multiplyBase, multiplyScalars, subtractScalars } = crypto.ristretto;
  const m = composite(statement.cs, weights(statement, crypto), crypto);
  const z = m && multiply(k, m);
  const r = randomScalar(random, crypto);
  const t2 = multiplyBase(r);
  const t3 = m && multiply(r, m);
  if (m === undefined || z === undefined || t2 === undefined || t3 === undefined) {
    throw refuse('SHARE_PROOF_INVALID');
  }
  const c = challenge(statement, { m, z, t2, t3 }, crypto);
  return { c, s: subtractScalars(r, multiplyScalars(c, k)) };
}

/** VerifyProof of RFC 9497, section 2.2.2. False also where anything is no point or scalar. */
export function verifyEquality(
  { c, s }: EqualityProof,
  statement: EqualityStatement,
  crypto: Crypto,
): boolean {
  const { multiply, multiplyBase, add } = crypto.ristretto;
  const { b, cs, ds } = statement;
  if (cs.length === 0 || cs.length !== ds.length) return false;
  if (!isScalar(c, crypto) || !isScalar(s, crypto)) return false;
  const factors = weights(statement, crypto);
  const m = composite(cs, factors, crypto);
  const z = composite(ds, factors, crypto);
  if (m === undefined || z === undefined) return false;
  const [sA, cB] = [multiplyBase(s), multiply(c, b)];
  const [sM, cZ] = [multiply(s, m), multiply(c, z)];
  if (sA === undefined || cB === undefined || sM === undefined || cZ === undefined) return false;
  const [t2, t3] = [add(sA, cB), add(sM, cZ)];
  return equalBytes(c, challenge(statement, { m, z, t2, t3 }, crypto));
}
