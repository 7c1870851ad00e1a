import {
  answerWithShare,
  combineShares,
  deal,
  makeReleasePoint,
  type ReleasePoint,
  sharePublicKey,
} from '@ward/charts';
import { type Crypto, concatBytes, toHex } from '@ward/protocol';
import { GROUP_ORDER, littleEndian, scalarFrom } from '@ward/testkit/second-release';
import { seededRandom } from '@ward/testkit/seeded-random';
import type { VectorFile, VectorJson } from './vector-file.ts';

const hexAll = (values: { readonly [name: string]: Uint8Array }) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toHex(value)]));

/** A scalar as the source of randomness gives it: 64 bytes, reduced. */
function drawn(random: { bytes(length: number): Uint8Array }, crypto: Crypto): Uint8Array {
  return crypto.ristretto.reduceScalar(random.bytes(64));
}

/** A source that gives these scalars, one after the other. */
function giving(...scalars: Uint8Array[]) {
  const waiting = [...scalars];
  return { bytes: () => concatBytes(waiting.shift()!, new Uint8Array(32)) };
}

function dealingVectors(crypto: Crypto): VectorJson[] {
  return [
    [1, 1],
    [2, 3],
    [3, 5],
    [4, 7],
    [16, 16],
  ].map(([threshold, count], i) => {
    const random = seededRandom(100 + i);
    const coefficients = Array.from({ length: threshold! }, () => drawn(random, crypto));
    const source = giving(...coefficients);
    const dealt = deal({ threshold: threshold!, count: count! }, source, crypto);
    const u = crypto.ristretto.multiplyBase(drawn(random, crypto))!;
    const answers = dealt.shares.map((share, j) => ({
      index: j + 1,
      point: crypto.ristretto.multiply(share, u)!,
    }));
    const chosen = answers.slice(count! - threshold!).reverse();
    return {
      threshold: threshold!,
      count: count!,
      coefficients: coefficients.map(toHex),
      commitments: dealt.commitments.map(toHex),
      shares: dealt.shares.map(toHex),
      sharePublicKeys: dealt.shares.map((_, j) =>
        toHex(sharePublicKey(dealt.commitments, j + 1, crypto)),
      ),
      u: toHex(u),
      answers: chosen.map(({ index, point }) => ({ index, point: toHex(point) })),
      combined: toHex(combineShares(chosen, threshold!, crypto)),
    };
  });
}

/** Alterations of a point that no custodian multiplies. */
function brokenPoints(point: ReleasePoint, other: ReleasePoint): [string, ReleasePoint][] {
  const identity = new Uint8Array(32);
  const unreduced = littleEndian(scalarFrom(point.d) + GROUP_ORDER);
  return [
    ['the point of another unit', { ...point, u: other.u }],
    ['both points of another unit', { ...point, u: other.u, uBar: other.uBar }],
    ['all of another unit', other],
    ['the points swapped', { ...point, u: point.uBar, uBar: point.u }],
    ['the identity', { ...point, u: identity }],
    ['the identity as second point', { ...point, uBar: identity }],
    ['no point', { ...point, u: new Uint8Array(32).fill(0xff) }],
    ['a challenge of zero', { ...point, c: identity }],
    ['an answer of zero', { ...point, d: identity }],
    ['an answer above the order', { ...point, d: unreduced }],
  ];
}

function pointVectors(crypto: Crypto): VectorJson {
  const random = seededRandom(200);
  const secret = drawn(random, crypto);
  const q = crypto.ristretto.multiplyBase(secret)!;
  const made = Array.from({ length: 5 }, () => {
    const [label, r, s] = [random.bytes(32), drawn(random, crypto), drawn(random, crypto)];
    return { label, r, s, ...makeReleasePoint({ label, q }, giving(r, s), crypto) };
  });
  const [first, second] = made as [(typeof made)[0], (typeof made)[0]];
  return {
    secret: toHex(secret),
    q: toHex(q),
    accepted: made.map(({ label, r, s, point, k2 }) => ({
      ...hexAll({ label, r, s, k2 }),
      point: hexAll({ ...point }),
    })),
    refused: brokenPoints(first.point, second.point).map(([name, point]) => ({
      name,
      label: toHex(first.label),
      point: hexAll({ ...point }),
    })),
  };
}

function answerVectors(crypto: Crypto): VectorJson {
  const random = seededRandom(300);
  const share = drawn(random, crypto);
  const pointOf = () => crypto.ristretto.multiplyBase(drawn(random, crypto))!;
  const accepted = [1, 2, 5].map((count) => {
    const inputs = Array.from({ length: count }, pointOf);
    const [entry, r] = [random.bytes(32), drawn(random, crypto)];
    const { points, proof } = answerWithShare({ share, inputs, entry }, giving(r), crypto);
    return { inputs, entry, r, points, proof };
  });
  const [one, two] = accepted as [(typeof accepted)[0], (typeof accepted)[0]];
  const json = ({ inputs, entry, points, proof }: Omit<typeof one, 'r'>) => ({
    inputs: inputs.map(toHex),
    entry: toHex(entry),
    points: points.map(toHex),
    proof: hexAll({ ...proof }),
  });
  const s = littleEndian(scalarFrom(two.proof.s) + GROUP_ORDER);
  const broken: [string, Omit<typeof one, 'r'>][] = [
    ['another entry', { ...two, entry: one.entry }],
    ['points swapped', { ...two, points: [...two.points].reverse() }],
    ['a point of another share', { ...two, points: [pointOf(), two.points[1]!] }],
    ['a point less', { ...two, points: two.points.slice(1) }],
    ['the identity', { ...two, points: [new Uint8Array(32), two.points[1]!] }],
    ['another proof', { ...two, proof: one.proof }],
    ['an answer above the order', { ...two, proof: { ...two.proof, s } }],
    ['nothing', { ...two, inputs: [], points: [] }],
  ];
  return {
    share: toHex(share),
    publicKey: toHex(crypto.ristretto.multiplyBase(share)!),
    accepted: accepted.map((each) => ({ ...json(each), r: toHex(each.r) })),
    refused: broken.map(([name, each]) => ({ name, ...json(each) })),
  };
}

/** Dealings, release points, answers with proofs, combined keys. */
export function releaseVectors(crypto: Crypto): VectorFile {
  const content = {
    dealings: dealingVectors(crypto),
    points: pointVectors(crypto),
    answers: answerVectors(crypto),
  };
  return { path: 'charts/release.json', content };
}
