import type { Crypto } from '@ward/protocol';
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
 * @param answers Verified answers of different indices, at least t.
 * @throws WardError `SHARE_INVALID` for an index that occurs twice.
 */
export function combineShares(answers: readonly IndexedPoint[], crypto: Crypto): Uint8Array {
  const { add, multiply } = crypto.ristretto;
  const indices = answers.map(({ index }) => index);
  return answers
    .map(({ index, point }) => {
      const product = multiply(lagrangeAtZero(index, indices, crypto), point);
      if (product === undefined) throw refuse('SHARE_INVALID', { index });
      return product;
    })
    .reduce((sum, product) => add(sum, product));
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
  if (new Set(indices).size !== indices.length) throw refuse('SHARE_INVALID', { index });
  return multiplyScalars(numerator, invertScalar(denominator));
}
