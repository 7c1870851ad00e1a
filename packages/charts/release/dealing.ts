import { type Crypto, equalBytes, type Random } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { CHART_LIMITS } from '../limits.ts';
import { isScalar, randomScalar, scalarOf } from './scalar.ts';

/** What the owner keeps of a release key, and what custodians and the header get of it. */
export interface Dealing {
  /** R: secret scalar; whoever has it opens without custodians. */
  readonly secret: Uint8Array;
  /** A₀ … A_{t−1}; A₀ is Q, the public release key. */
  readonly commitments: readonly Uint8Array[];
  /** f(1) … f(n), for the custodians of index 1 … n. */
  readonly shares: readonly Uint8Array[];
}

export interface DealSize {
  readonly threshold: number;
  readonly count: number;
}

/**
 * Feldman's verifiable secret sharing: a polynomial of degree t − 1 whose value at zero is the
 * secret, published as points.
 *
 * @param threshold t: how many custodians must answer.
 * @param count n: how many get a share.
 * @param secret R of a key that is dealt anew, over another polynomial; a random one when left out.
 * Shares of the two polynomials do not add up: t of one of them are needed.
 */
export function deal(
  { threshold, count, secret }: DealSize & { readonly secret?: Uint8Array },
  random: Random,
  crypto: Crypto,
): Dealing {
  if (threshold < 1 || threshold > count) throw new Error('a threshold between 1 and the count');
  if (count > CHART_LIMITS.custodiansMax) throw new Error('more shares than custodians can be');
  const coefficients = Array.from({ length: threshold }, () => randomScalar(random, crypto));
  if (secret !== undefined) coefficients[0] = secret;
  const shares = Array.from({ length: count }, (_, i) => evaluate(coefficients, i + 1, crypto));
  const commitments = coefficients.map((a) => crypto.ristretto.multiplyBase(a)!);
  return { secret: coefficients[0]!, commitments, shares };
}

/** f(x) by Horner's rule. */
function evaluate(coefficients: readonly Uint8Array[], x: number, crypto: Crypto): Uint8Array {
  const { addScalars, multiplyScalars } = crypto.ristretto;
  const at = scalarOf(x);
  return coefficients.reduceRight((sum, coefficient) =>
    addScalars(multiplyScalars(sum, at), coefficient),
  );
}

/** f(i)·G = Σ iʲ·A_j: the public key of the share with this index. */
export function sharePublicKey(
  commitments: readonly Uint8Array[],
  index: number,
  crypto: Crypto,
): Uint8Array {
  const { add, multiply } = crypto.ristretto;
  const at = scalarOf(index);
  return commitments.reduceRight((sum, commitment) => {
    const product = multiply(at, sum);
    if (product === undefined) throw refuse('SHARE_INVALID', { index });
    return add(product, commitment);
  });
}

/**
 * Checks a share against the commitments, before it is receipted. A share in another encoding than
 * its own would pass here and fail in every answer: it is refused as well.
 *
 * @throws WardError `SHARE_INVALID`, `POINT_INVALID`.
 */
export function verifyShare(
  { share, index }: { share: Uint8Array; index: number },
  commitments: readonly Uint8Array[],
  crypto: Crypto,
): void {
  const own = isScalar(share, crypto) ? crypto.ristretto.multiplyBase(share) : undefined;
  if (own === undefined || !equalBytes(own, sharePublicKey(commitments, index, crypto))) {
    throw refuse('SHARE_INVALID', { index });
  }
}
