import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { VectorFile, VectorJson } from './vector-file.ts';

// Made with a second implementation (noble's points); the expected verdicts follow from the two
// rules as they are written here, not from what any library answers.

type Point = InstanceType<typeof ed25519.Point>;
const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const FIELD = Point.Fp.ORDER;

/** All encodings of points whose order divides 8, the ones that are not canonical included. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];
/** A point of order 8. */
const TORSION = Point.fromHex(SMALL_ORDER[10]!);

interface Case {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

function readScalar(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

/** A scalar from a text, so that every run makes the same. */
function scalarOf(text: string): bigint {
  return readScalar(createHash('sha512').update(text).digest().subarray(0, 32)) % ORDER;
}

function challenge(r: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return (
    readScalar(createHash('sha512').update(r).update(publicKey).update(message).digest()) % ORDER
  );
}

function decode(bytes: Uint8Array, isLoose: boolean): Point | undefined {
  try {
    return Point.fromBytes(bytes, isLoose);
  } catch {
    return undefined;
  }
}

/** S < L, key and R canonical and not of small order, equation times the cofactor. */
function transactionVerdict(one: Case): boolean {
  const strict = [one.publicKey, one.signature.subarray(0, 32)].map((part) => decode(part, false));
  return strict.every((point) => point?.isSmallOrder() === false) && voteVerdict(one);
}

/** ZIP-215: S < L, any encoding of a point, equation times the cofactor. */
function voteVerdict({ publicKey, message, signature }: Case): boolean {
  const [rBytes, s] = [signature.subarray(0, 32), readScalar(signature.subarray(32))];
  const [key, r] = [decode(publicKey, true), decode(rBytes, true)];
  if (s >= ORDER || key === undefined || r === undefined) return false;
  const k = challenge(rBytes, publicKey, message);
  const difference = multiply(Point.BASE, s).subtract(multiply(key, k)).subtract(r);
  return difference.clearCofactor().is0();
}

function multiply(point: Point, scalar: bigint): Point {
  return scalar === 0n ? Point.ZERO : point.multiplyUnsafe(scalar);
}

interface Making {
  readonly secret: bigint;
  readonly keyTorsion?: Point;
  readonly rTorsion?: Point;
  /** Seeks a nonce for which the challenge times a point of order 8 vanishes, or does not. */
  readonly isChallengeOfEight?: boolean;
}

/** A signature by the equation with the cofactor, with torsion added to key or R. */
function make(name: string, making: Making): Case {
  const { secret, keyTorsion = Point.ZERO, rTorsion = Point.ZERO } = making;
  const publicKey = multiply(Point.BASE, secret).add(keyTorsion).toBytes();
  const message = Buffer.from(`edge case: ${name}`);
  for (let attempt = 0; ; attempt++) {
    const nonce = scalarOf(`${name} ${attempt}`);
    const r = multiply(Point.BASE, nonce).add(rTorsion).toBytes();
    const k = challenge(r, publicKey, message);
    const wanted = making.isChallengeOfEight;
    if (wanted !== undefined && (k % 8n === 0n) !== wanted) continue;
    const s = (nonce + k * secret) % ORDER;
    return {
      name,
      publicKey,
      message: new Uint8Array(message),
      signature: join(r, littleEndian(s)),
    };
  }
}

const secret = scalarOf('secret');
const honest = make('honest', { secret });

function smallOrderPairs(): Case[] {
  const message = new Uint8Array(Buffer.from('edge case: small order'));
  return SMALL_ORDER.flatMap((key, i) =>
    SMALL_ORDER.map((r, j) => ({
      name: `key of small order ${i}, R of small order ${j}, S of zero`,
      publicKey: fromHex(key),
      message,
      signature: join(fromHex(r), new Uint8Array(32)),
    })),
  );
}

function torsionCases(): Case[] {
  const keyTorsion = TORSION;
  return [
    make('key of mixed order, challenge a multiple of 8', {
      secret,
      keyTorsion,
      isChallengeOfEight: true,
    }),
    make('key of mixed order, challenge no multiple of 8', {
      secret,
      keyTorsion,
      isChallengeOfEight: false,
    }),
    make('R of mixed order', { secret, rTorsion: TORSION }),
    make('key and R of mixed order', { secret, keyTorsion, rTorsion: TORSION }),
    make('key with a part of order 2', {
      secret,
      keyTorsion: TORSION.double().double(),
      isChallengeOfEight: false,
    }),
    make('key of small order, challenge a multiple of 8', {
      secret: 0n,
      keyTorsion,
      isChallengeOfEight: true,
    }),
    make('key of small order, challenge no multiple of 8', {
      secret: 0n,
      keyTorsion,
      isChallengeOfEight: false,
    }),
    make('key of the identity', { secret: 0n }),
    ...SMALL_ORDER.map((r, i) => smallRCase(i, fromHex(r))),
  ];
}

/** Every part of small order in key and R: only the holder of the key can make these. */
function mixedPairs(): Case[] {
  const torsion = Array.from({ length: 8 }, (_, i) => multiply(TORSION, BigInt(i)));
  return torsion.flatMap((keyTorsion, i) =>
    torsion.map((rTorsion, j) =>
      make(`key with ${i} T, R with ${j} T, T of order 8`, {
        secret,
        keyTorsion,
        rTorsion,
      }),
    ),
  );
}

/** The same, altered: the equation with the cofactor takes a part of small order and no more. */
function alteredMixedCases(): Case[] {
  const mixed = make('mixed, to be altered', { secret, keyTorsion: TORSION, rTorsion: TORSION });
  const { publicKey, message, signature } = mixed;
  const [r, s] = [decode(signature.subarray(0, 32), false)!, signature.subarray(32)];
  const key = decode(publicKey, false)!;
  const rOf = (point: Point) => join(point.toBytes(), s);
  return [
    withS(mixed, 'key and R of mixed order, S + L', (value) => value + ORDER),
    withS(mixed, 'key and R of mixed order, S of one more', (value) => (value + 1n) % ORDER),
    withS(mixed, 'key and R of mixed order, S of zero', () => 0n),
    { ...mixed, name: 'R with another part of small order', signature: rOf(r.add(TORSION)) },
    { ...mixed, name: 'R of mixed order and one B more', signature: rOf(r.add(Point.BASE)) },
    {
      ...mixed,
      name: 'key with another part of small order',
      publicKey: key.add(TORSION).toBytes(),
    },
    { ...mixed, name: 'key and R of mixed order, message altered', message: flip(message, 0, 1) },
  ];
}

/** y of p + n, n < 19: the points of the curve whose encoding is not canonical. */
function wrongEncodings(): Case[] {
  const { publicKey, message, signature } = honest;
  const encodings = Array.from({ length: 19 }, (_, n) => littleEndian(FIELD + BigInt(n)));
  const points = encodings.filter((bytes) => decode(bytes, true)?.isSmallOrder() === false);
  return points.flatMap((bytes) => [
    {
      ...honest,
      name: `key that is not canonical, y of p + ${bytes[0]! - 0xed}`,
      publicKey: bytes,
    },
    {
      name: `R that is not canonical, y of p + ${bytes[0]! - 0xed}`,
      publicKey,
      message,
      signature: join(bytes, signature.subarray(32)),
    },
  ]);
}

/** R of small order with an honest key: S = k · a fulfils the equation with the cofactor. */
function smallRCase(index: number, r: Uint8Array): Case {
  const { publicKey, message } = honest;
  const s = (challenge(r, publicKey, message) * secret) % ORDER;
  return {
    name: `honest key, R of small order ${index}`,
    publicKey,
    message,
    signature: join(r, littleEndian(s)),
  };
}

function withS(one: Case, name: string, change: (s: bigint) => bigint): Case {
  const r = one.signature.subarray(0, 32);
  const s = change(readScalar(one.signature.subarray(32)));
  return { ...one, name, signature: join(r, littleEndian(s)) };
}

function scalarCases(): Case[] {
  return [
    withS(honest, 'S + L', (s) => s + ORDER),
    withS(honest, 'S + 2 L', (s) => s + 2n * ORDER),
    withS(honest, 'S + 7 L', (s) => s + 7n * ORDER),
    withS(honest, 'S with its highest bit set', (s) => s | (1n << 255n)),
    withS(honest, 'S of L', () => ORDER),
    withS(honest, 'S of L - 1', () => ORDER - 1n),
    withS(honest, 'S of zero', () => 0n),
    withS(honest, 'S of one more', (s) => (s + 1n) % ORDER),
    withS(honest, 'minus S', (s) => ORDER - s),
  ];
}

function flip(bytes: Uint8Array, index: number, mask: number): Uint8Array {
  return bytes.map((byte, i) => (i === index ? byte ^ mask : byte));
}

function alteredCases(): Case[] {
  const { publicKey, message, signature } = honest;
  return [
    honest,
    make('honest again', { secret: scalarOf('another secret') }),
    {
      ...make('honest, to be emptied', { secret }),
      name: 'another message',
      message: new Uint8Array(0),
    },
    { ...honest, name: 'R with its sign changed', signature: flip(signature, 31, 0x80) },
    { ...honest, name: 'R altered', signature: flip(signature, 0, 1) },
    { ...honest, name: 'S altered', signature: flip(signature, 32, 1) },
    { ...honest, name: 'key with its sign changed', publicKey: flip(publicKey, 31, 0x80) },
    { ...honest, name: 'key altered', publicKey: flip(publicKey, 0, 1) },
    { ...honest, name: 'message altered', message: flip(message, 0, 1) },
    { ...honest, name: 'key that is no point', publicKey: fromHex(`02${'00'.repeat(31)}`) },
    {
      ...honest,
      name: 'R that is no point',
      signature: join(fromHex(`02${'00'.repeat(31)}`), signature.subarray(32)),
    },
    { ...honest, name: 'key and R exchanged', publicKey: signature.slice(0, 32) },
    { ...honest, name: 'all zeros in the signature', signature: new Uint8Array(64) },
    { ...honest, name: 'all ones in the signature', signature: new Uint8Array(64).fill(255) },
  ];
}

function toJson(one: Case): VectorJson {
  return {
    name: one.name,
    publicKey: toHex(one.publicKey),
    message: toHex(one.message),
    signature: toHex(one.signature),
    transaction: transactionVerdict(one),
    vote: voteVerdict(one),
  };
}

/** Ed25519 signatures on which libraries disagree, with the verdicts of Ward's two rules. */
export function signatureVectors(): VectorFile {
  const cases = [
    ...[...alteredCases(), ...scalarCases(), ...torsionCases(), ...smallOrderPairs()],
    ...[...mixedPairs(), ...alteredMixedCases(), ...wrongEncodings()],
  ];
  return { path: 'protocol/signatures.json', content: { cases: cases.map(toJson) } };
}
