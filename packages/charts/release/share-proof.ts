import {
  type Crypto,
  concatBytes,
  type Digest,
  encodeUtf8,
  equalBytes,
  type Random,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { domain, hashToScalar, randomScalar } from './scalar.ts';

/** That all answers of one custodian used one and the same share (RFC 9497, section 2.2). */
export interface ShareProof {
  readonly c: Uint8Array;
  readonly s: Uint8Array;
}

/** f(i)·u for each point, in order. */
export interface ShareAnswer {
  readonly points: readonly Uint8Array[];
  readonly proof: ShareProof;
}

/** RFC 9497's context string; ours carries the entry, so that an answer fits one opening only. */
function contextString(entry: Digest): Uint8Array {
  return concatBytes(domain('share-proof'), Uint8Array.of(0), entry);
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes);
}

interface Statement {
  /** Public key of the share. */
  readonly publicKey: Uint8Array;
  /** C: what was multiplied. D: what came of it. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  readonly entry: Digest;
}

/** Weights dᵢ of RFC 9497's ComputeComposites. */
function weights({ publicKey, inputs, outputs, entry }: Statement, crypto: Crypto): Uint8Array[] {
  const context = contextString(entry);
  const seedDst = concatBytes(encodeUtf8('Seed-'), context);
  const seedInput = concatBytes(lengthPrefixed(publicKey), lengthPrefixed(seedDst));
  const seed = crypto.ristretto.sha512(seedInput);
  const dst = concatBytes(encodeUtf8('HashToScalar-'), context);
  return inputs.map((input, i) => {
    const transcript = concatBytes(
      lengthPrefixed(seed),
      Uint8Array.of(i >> 8, i & 255),
      lengthPrefixed(input),
      lengthPrefixed(outputs[i]!),
      encodeUtf8('Composite'),
    );
    return hashToScalar(transcript, dst, crypto);
  });
}

/** Σ weightᵢ · pointᵢ. */
function combine(
  points: readonly Uint8Array[],
  factors: readonly Uint8Array[],
  crypto: Crypto,
): Uint8Array {
  return points
    .map((point, i) => {
      const product = crypto.ristretto.multiply(factors[i]!, point);
      if (product === undefined) throw refuse('SHARE_PROOF_INVALID');
      return product;
    })
    .reduce((sum, product) => crypto.ristretto.add(sum, product));
}

interface Transcript {
  readonly publicKey: Uint8Array;
  readonly m: Uint8Array;
  readonly z: Uint8Array;
  readonly t2: Uint8Array;
  readonly t3: Uint8Array;
}

function challenge({ publicKey, m, z, t2, t3 }: Transcript, entry: Digest, crypto: Crypto) {
  const transcript = concatBytes(
    ...[publicKey, m, z, t2, t3].map(lengthPrefixed),
    encodeUtf8('Challenge'),
  );
  const dst = concatBytes(encodeUtf8('HashToScalar-'), contextString(entry));
  return hashToScalar(transcript, dst, crypto);
}

/**
 * Multiplies points with a share and proves it (GenerateProof of RFC 9497). The points must have
 * been verified before: see `release-point.ts`.
 */
export function answerWithShare(
  { share, inputs, entry }: { share: Uint8Array; inputs: readonly Uint8Array[]; entry: Digest },
  random: Random,
  crypto: Crypto,
): ShareAnswer {
  const { multiply, multiplyBase, multiplyScalars, subtractScalars } = crypto.ristretto;
  const publicKey = multiplyBase(share);
  const outputs = inputs.map((input) => multiply(share, input));
  if (publicKey === undefined || outputs.includes(undefined)) throw refuse('SHARE_PROOF_INVALID');
  const points = outputs as Uint8Array[];
  const factors = weights({ publicKey, inputs, outputs: points, entry }, crypto);
  const m = combine(inputs, factors, crypto);
  const z = multiply(share, m)!;
  const r = randomScalar(random, crypto);
  const t2 = multiplyBase(r)!;
  const t3 = multiply(r, m)!;
  const c = challenge({ publicKey, m, z, t2, t3 }, entry, crypto);
  return { points, proof: { c, s: subtractScalars(r, multiplyScalars(c, share)) } };
}

/** VerifyProof of RFC 9497. */
export function verifyShareAnswer(
  answer: ShareAnswer,
  statement: Omit<Statement, 'outputs'>,
  crypto: Crypto,
): boolean {
  const { multiply, multiplyBase, add } = crypto.ristretto;
  const { points: outputs, proof } = answer;
  const { publicKey, inputs, entry } = statement;
  if (outputs.length !== inputs.length || inputs.length === 0) return false;
  try {
    const factors = weights({ ...statement, outputs }, crypto);
    const m = combine(inputs, factors, crypto);
    const z = combine(outputs, factors, crypto);
    const [sG, cB, sM, cZ] = [
      multiplyBase(proof.s),
      multiply(proof.c, publicKey),
      multiply(proof.s, m),
      multiply(proof.c, z),
    ];
    if (sG === undefined || cB === undefined || sM === undefined || cZ === undefined) return false;
    const [t2, t3] = [add(sG, cB), add(sM, cZ)];
    return equalBytes(proof.c, challenge({ publicKey, m, z, t2, t3 }, entry, crypto));
  } catch {
    return false;
  }
}
