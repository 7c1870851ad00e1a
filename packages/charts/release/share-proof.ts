import { type Crypto, concatBytes, type Digest, type Random } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { type EqualityProof, proveEquality, verifyEquality } from './dleq.ts';
import { domain } from './scalar.ts';

/** That all answers of one custodian used one and the same share. */
export type ShareProof = EqualityProof;

/** f(i)·u for each point, in order. */
export interface ShareAnswer {
  readonly points: readonly Uint8Array[];
  readonly proof: ShareProof;
}

/** The proof is bound to the entry, so that an answer fits one opening only. */
function entryContext(entry: Digest): Uint8Array {
  return concatBytes(domain('share-proof'), Uint8Array.of(0), entry);
}

/**
 * Multiplies points with a share and proves it. The points must have been verified before: see
 * `release-point.ts`.
 *
 * @param inputs At least one.
 * @throws WardError `SHARE_PROOF_INVALID` when an input is no point, or the identity.
 */
export function answerWithShare(
  { share, inputs, entry }: { share: Uint8Array; inputs: readonly Uint8Array[]; entry: Digest },
  random: Random,
  crypto: Crypto,
): ShareAnswer {
  const { multiply, multiplyBase } = crypto.ristretto;
  const publicKey = multiplyBase(share);
  const outputs = inputs.map((input) => multiply(share, input));
  if (publicKey === undefined || outputs.includes(undefined)) throw refuse('SHARE_PROOF_INVALID');
  const points = outputs as Uint8Array[];
  const statement = { b: publicKey, cs: inputs, ds: points, context: entryContext(entry) };
  return { points, proof: proveEquality(share, statement, random, crypto) };
}

/** What the answer of a custodian is checked against. */
export interface ShareStatement {
  /** Public key of the share: Σ iʲ·A_j of the release key. */
  readonly publicKey: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly entry: Digest;
}

/** Whether the points are the inputs, multiplied with the share behind the public key. */
export function verifyShareAnswer(
  { points, proof }: ShareAnswer,
  { publicKey, inputs, entry }: ShareStatement,
  crypto: Crypto,
): boolean {
  const statement = { b: publicKey, cs: inputs, ds: points, context: entryContext(entry) };
  return verifyEquality(proof, statement, crypto);
}
