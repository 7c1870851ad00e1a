import { type Crypto, word } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { scalarOf } from './scalar.ts';

export interface IndexedPoint {
  /** Index of the custodian's share, 1 … n. */
  readonly index: number;
  /** f(index)·u. */
  readonly point: Uint8Array;
}

/**
 * k2 = f(0)·u from t answers, by Lagrange interpolation in the exponent.
 *
 * @param answers Verified answers of different indices; of more than t, the first t are used.
 * @param threshold t: number of commitments of the release key.
 * @throws WardError `SHARES_TOO_FEW`; `SHARE_INVALID` for an index that occurs twice or is none,
 * and for a point that is none.
 */
export function combineShares(
  answers: readonly IndexedPoint[],
  threshold: number,
  crypto: Crypto,
): Uint8Array {
  const used = answers.slice(0, threshold);
  if (used.length === 0 || used.length < threshold) {
    const away = threshold - answers.length;
    const none = { wrong: 0, custodian: word('unknown') };
    throw refuse('SHARES_TOO_FEW', { answered: answers.length, needed: threshold, away, ...none });
  }
  const indices = used.map(({ index }) => index);
  const bad = indices.find((index, i) => index < 1 || indices.indexOf(index) !== i);
  if (bad !== undefined) throw refuse('SHARE_INVALID', { index: bad });
  return used
    .map(({ index, point }) => {
      const product = crypto.ristretto.multiply(lagrangeAtZero(index, indices, crypto), point);
      if (product === undefined) throw refuse('SHARE_INVALID', { index });
      return product;
    })
    .reduce((sum, product) => crypto.ristretto.add(sum, product));
}

/** Π j / (j − i) over the other indices j. */
function lagrangeAtZero(index: number, indices: readonly number[], crypto: Crypto): Uint8Array {
  const { invertScalar, multiplyScalars, subtractScalars } = crypto.ristretto;
  let numerator = scalarOf(1);
  let denominator = scalarOf(1);
  for (const other of indices) {
    if (other === index) continue;
    numerator = multiplyScalars(numerator, scalarOf(other));
    const difference = subtractScalars(scalarOf(other), scalarOf(index));
    denominator = multiplyScalars(denominator, difference);
  }
  return multiplyScalars(numerator, invertScalar(denominator));
}
