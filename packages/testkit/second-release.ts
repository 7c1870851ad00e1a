import { createHash } from 'node:crypto';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';

// The release arithmetic of keys-and-access, section 1, written a second time from the text of the
// specification and of RFC 9380 and RFC 9497, on another library and in big integers. It is slow
// and not constant-time: tests compare the product with it, and nothing else uses it.

const { Point } = ristretto255;
const { Fn } = Point;
type Element = InstanceType<typeof Point>;

const ascii = (text: string) => new TextEncoder().encode(text);
const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** Order of the group. */
export const GROUP_ORDER: bigint = Fn.ORDER;

/** 32 bytes, little-endian, of a value that may be no scalar. */
export function littleEndian(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
}

/** A point, its bytes read strictly. */
function element(bytes: Uint8Array): Element {
  return Point.fromBytes(bytes);
}

/** Little-endian, as ristretto255 writes scalars. */
export function scalarBytes(value: bigint): Uint8Array {
  return Fn.toBytes(Fn.create(value));
}

export function scalarFrom(bytes: Uint8Array): bigint {
  return Fn.fromBytes(bytes);
}

/** What a source of randomness of 64 bytes a draw gives as a scalar. */
export function wideScalar(bytes: Uint8Array): bigint {
  return Fn.create(BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`));
}

function hashToPoint(message: Uint8Array, dst: string | Uint8Array): Element {
  return ristretto255_hasher.hashToCurve(message, { DST: dst }) as Element;
}

export function hashToScalar(message: Uint8Array, dst: string | Uint8Array): bigint {
  return ristretto255_hasher.hashToScalar(message, { DST: dst });
}

/** Hash to a group (RFC 9380, appendix B). */
export function hashToGroup(message: Uint8Array, dst: string | Uint8Array): Uint8Array {
  return hashToPoint(message, dst).toBytes();
}

const G = Point.BASE;
const G_BAR = hashToPoint(new Uint8Array(0), 'ward/release/v1');

/** f(x) of a polynomial, lowest coefficient first. */
export function evaluate(coefficients: readonly bigint[], x: bigint): bigint {
  let [sum, power] = [0n, 1n];
  for (const coefficient of coefficients) {
    sum = Fn.add(sum, Fn.mul(coefficient, power));
    power = Fn.mul(power, x);
  }
  return sum;
}

/** Σ iʲ·A_j. */
export function publicShare(commitments: readonly Uint8Array[], index: number): Uint8Array {
  let sum = Point.ZERO;
  for (const [j, commitment] of commitments.entries()) {
    sum = sum.add(element(commitment).multiply(Fn.pow(BigInt(index), BigInt(j))));
  }
  return sum.toBytes();
}

/** f(0)·u of the points f(i)·u. */
export function interpolate(
  answers: readonly { readonly index: number; readonly point: Uint8Array }[],
): Uint8Array {
  let sum = Point.ZERO;
  for (const { index, point } of answers) {
    let factor = 1n;
    for (const { index: other } of answers) {
      if (other === index) continue;
      const [i, j] = [BigInt(index), BigInt(other)];
      factor = Fn.mul(factor, Fn.div(j, Fn.sub(j, i)));
    }
    sum = sum.add(element(point).multiply(factor));
  }
  return sum.toBytes();
}

interface SecondPoint {
  readonly u: Uint8Array;
  readonly uBar: Uint8Array;
  readonly c: Uint8Array;
  readonly d: Uint8Array;
}

function tdh2Challenge(label: Uint8Array, points: readonly Element[]): bigint {
  const bytes = points.map((point) => point.toBytes());
  return hashToScalar(joined(label, ...bytes), 'ward/release-proof/v1');
}

/** u, ū, c, d and k2 of a unit, with the randomness r and s given. */
export function sealPoint(label: Uint8Array, q: Uint8Array, { r, s }: { r: bigint; s: bigint }) {
  const [u, uBar] = [G.multiply(r), G_BAR.multiply(r)];
  const c = tdh2Challenge(label, [u, G.multiply(s), uBar, G_BAR.multiply(s)]);
  const point: SecondPoint = {
    u: u.toBytes(),
    uBar: uBar.toBytes(),
    c: scalarBytes(c),
    d: scalarBytes(Fn.add(s, Fn.mul(c, r))),
  };
  return { point, k2: element(q).multiply(r).toBytes() };
}

export function checkPoint(label: Uint8Array, point: SecondPoint): boolean {
  const [u, uBar] = [element(point.u), element(point.uBar)];
  const [c, d] = [scalarFrom(point.c), scalarFrom(point.d)];
  if (u.is0() || uBar.is0() || c === 0n || d === 0n) return false;
  const w = G.multiply(d).subtract(u.multiply(c));
  const wBar = G_BAR.multiply(d).subtract(uBar.multiply(c));
  return tdh2Challenge(label, [u, w, uBar, wBar]) === c;
}

function prefixed(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return joined(length, bytes);
}

interface SecondStatement {
  readonly b: Uint8Array;
  readonly cs: readonly Uint8Array[];
  readonly ds: readonly Uint8Array[];
  readonly context: Uint8Array;
}

/** ComputeComposites (RFC 9497, section 2.2.1). */
function composites({ b, cs, ds, context }: SecondStatement): { m: Element; z: Element } {
  const seedTranscript = joined(prefixed(b), prefixed(joined(ascii('Seed-'), context)));
  const seed = new Uint8Array(createHash('sha512').update(seedTranscript).digest());
  let [m, z] = [Point.ZERO, Point.ZERO];
  for (const [i, each] of cs.entries()) {
    const number = Buffer.alloc(2);
    number.writeUInt16BE(i);
    const parts = [prefixed(seed), number, prefixed(each), prefixed(ds[i]!), ascii('Composite')];
    const weight = hashToScalar(joined(...parts), joined(ascii('HashToScalar-'), context));
    m = m.add(element(each).multiply(weight));
    z = z.add(element(ds[i]!).multiply(weight));
  }
  return { m, z };
}

function dleqChallenge({ b, context }: SecondStatement, points: readonly Element[]): bigint {
  const parts = [b, ...points.map((point) => point.toBytes())].map(prefixed);
  const dst = joined(ascii('HashToScalar-'), context);
  return hashToScalar(joined(...parts, ascii('Challenge')), dst);
}

/** GenerateProof (RFC 9497, section 2.2.1), with the random scalar given. */
export function proveDleq(k: bigint, r: bigint, statement: SecondStatement) {
  const { m, z } = composites(statement);
  const c = dleqChallenge(statement, [m, z, G.multiply(r), m.multiply(r)]);
  return { c: scalarBytes(c), s: scalarBytes(Fn.sub(r, Fn.mul(c, k))) };
}

/** VerifyProof (RFC 9497, section 2.2.2). */
export function verifyDleq(
  proof: { readonly c: Uint8Array; readonly s: Uint8Array },
  statement: SecondStatement,
): boolean {
  const [c, s] = [scalarFrom(proof.c), scalarFrom(proof.s)];
  const { m, z } = composites(statement);
  const t2 = G.multiply(s).add(element(statement.b).multiply(c));
  const t3 = m.multiply(s).add(z.multiply(c));
  return dleqChallenge(statement, [m, z, t2, t3]) === c;
}
