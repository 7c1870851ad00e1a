import {
  type Crypto,
  concatBytes,
  type Digest,
  equalBytes,
  type Random,
  refuseProtocol,
} from '@ward/protocol';
import { domain, hashToScalar, isScalar, randomScalar, secondGenerator } from './scalar.ts';

/**
 * The release lock of one unit (TDH2, Shoup and Gennaro 1998): u = r·G and a proof, bound to the
 * unit's label, that its maker knows r. Without the proof a custodian would be a decryption oracle:
 * somebody could submit another unit's point, or a blinded copy of it, under a label of his own.
 */
export interface ReleasePoint {
  readonly u: Uint8Array;
  readonly uBar: Uint8Array;
  readonly c: Uint8Array;
  readonly d: Uint8Array;
}

function challenge(
  label: Digest,
  points: { u: Uint8Array; w: Uint8Array; uBar: Uint8Array; wBar: Uint8Array },
  crypto: Crypto,
): Uint8Array {
  const { u, w, uBar, wBar } = points;
  const message = concatBytes(label, u, w, uBar, wBar);
  return hashToScalar(message, domain('release-proof'), crypto);
}

/**
 * Makes the lock of a unit.
 *
 * @param q The chart's current release key.
 * @returns The point with its proof for the manifest, and k2 = r·Q.
 * @throws WardError `POINT_INVALID` when Q is no point, or the identity.
 */
export function makeReleasePoint(
  { label, q }: { label: Digest; q: Uint8Array },
  random: Random,
  crypto: Crypto,
): { readonly point: ReleasePoint; readonly k2: Uint8Array } {
  const { multiplyBase, multiply, addScalars, multiplyScalars } = crypto.ristretto;
  const gBar = secondGenerator(crypto);
  const r = randomScalar(random, crypto);
  const s = randomScalar(random, crypto);
  const u = multiplyBase(r)!;
  const uBar = multiply(r, gBar)!;
  const k2 = multiply(r, q);
  if (k2 === undefined) throw refuseProtocol('POINT_INVALID', { length: q.length });
  const w = multiplyBase(s)!;
  const wBar = multiply(s, gBar)!;
  const c = challenge(label, { u, w, uBar, wBar }, crypto);
  const d = addScalars(s, multiplyScalars(c, r));
  return { point: { u, uBar, c, d }, k2 };
}

/**
 * Whether the proof binds the point to the label. False also where a point is invalid or the
 * identity: such a point is never multiplied.
 */
export function verifyReleasePoint(point: ReleasePoint, label: Digest, crypto: Crypto): boolean {
  const { u, uBar, c, d } = point;
  const { multiplyBase, multiply, subtract } = crypto.ristretto;
  if (!isScalar(c, crypto) || !isScalar(d, crypto)) return false;
  const gBar = secondGenerator(crypto);
  const [dG, cU, dGBar, cUBar] = [
    multiplyBase(d),
    multiply(c, u),
    multiply(d, gBar),
    multiply(c, uBar),
  ];
  if (dG === undefined || cU === undefined || dGBar === undefined || cUBar === undefined) {
    return false;
  }
  const w = subtract(dG, cU);
  const wBar = subtract(dGBar, cUBar);
  return equalBytes(c, challenge(label, { u, w, uBar, wBar }, crypto));
}
