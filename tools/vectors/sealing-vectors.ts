import { type Crypto, encodeUtf8, parseHex, toHex } from '@ward/protocol';
import sodium from 'libsodium-wrappers-sumo';
import { deterministicKem } from './deterministic-kem.ts';
import type { VectorFile } from './vector-file.ts';

/** Seeds of the first test vector of draft-connolly-cfrg-xwing-kem. */
const DRAFT = {
  seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
  encapsulationSeed:
    '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2' +
    '35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
  sharedSecret: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
};

/** Seals that open to the plaintext named, and ones that do not open. */
export async function hpkeVectors(crypto: Crypto): Promise<VectorFile> {
  await sodium.ready;
  const seed = parseHex(DRAFT.seed);
  const info = crypto.sha256(encodeUtf8('info'));
  const plaintexts = ['', 'a', 'x'.repeat(1000)].map(encodeUtf8);
  const encapsulationSeeds = [
    parseHex(DRAFT.encapsulationSeed),
    ...[1, 2].map((n) => crypto.ristretto.sha512(Uint8Array.of(n))),
  ];
  const kem = deterministicKem([...encapsulationSeeds]);
  const opening = kem.openingKey(seed);
  const to = opening.sealingKey;
  const accepted = [];
  for (const [i, plaintext] of plaintexts.entries()) {
    const sealed = await kem.seal(plaintext, { to, info });
    accepted.push({
      encapsulationSeed: toHex(encapsulationSeeds[i]!),
      plaintext: toHex(plaintext),
      sealed: toHex(sealed),
    });
  }
  const good = parseHex(accepted[1]!.sealed);
  const altered = (index: number) => toHex(good.with(index, good.at(index)! ^ 1));
  const refused = [
    { name: 'altered in ML-KEM', sealed: altered(0) },
    { name: 'altered in X25519', sealed: altered(1100) },
    { name: 'altered in the ciphertext', sealed: altered(1120) },
    { name: 'altered in the tag', sealed: altered(good.length - 1) },
    { name: 'cut short', sealed: toHex(good.slice(0, -1)) },
    { name: 'only an encapsulation', sealed: toHex(good.slice(0, 1120)) },
    {
      name: 'X25519 of zero',
      sealed: toHex(good.map((byte, i) => (i >= 1088 && i < 1120 ? 0 : byte))),
    },
  ];
  const publicKey = toHex(to.bytes);
  const { sharedSecret } = DRAFT;
  const content = {
    seed: DRAFT.seed,
    publicKey,
    info: toHex(info),
    sharedSecret,
    accepted,
    refused,
  };
  return { path: 'protocol/hpke.json', content };
}

/** Encodings that RFC 9496, appendix A.3, lists as invalid. */
const INVALID_POINTS = [
  '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20',
  'c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562',
  'c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78',
  '47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24',
  'f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72',
  '87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309',
];

/** Products, sums, hashes to the group and scalars; and bytes that are no point. */
export function ristrettoVectors({ ristretto }: Crypto): VectorFile {
  const wide = (n: number) => ristretto.sha512(encodeUtf8(`uniform ${n}`));
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
  const multiples = numbers.map((n) => {
    const scalar = new Uint8Array(32).fill(0);
    scalar[0] = n;
    const point = ristretto.multiplyBase(scalar);
    return { scalar: toHex(scalar), point: point === undefined ? null : toHex(point) };
  });
  const cases = numbers.map((n) => {
    const [a, b] = [ristretto.reduceScalar(wide(n)), ristretto.reduceScalar(wide(n + 100))];
    const [p, q] = [ristretto.fromUniform(wide(n)), ristretto.fromUniform(wide(n + 100))];
    return {
      uniform: [toHex(wide(n)), toHex(wide(n + 100))],
      scalars: [toHex(a), toHex(b)],
      points: [toHex(p), toHex(q)],
      product: toHex(ristretto.multiply(a, p)!),
      baseProduct: toHex(ristretto.multiplyBase(a)!),
      sum: toHex(ristretto.add(p, q)),
      difference: toHex(ristretto.subtract(p, q)),
      scalarSum: toHex(ristretto.addScalars(a, b)),
      scalarDifference: toHex(ristretto.subtractScalars(a, b)),
      scalarProduct: toHex(ristretto.multiplyScalars(a, b)),
      inverse: toHex(ristretto.invertScalar(a)),
    };
  });
  const content = { multiples, cases, invalidPoints: INVALID_POINTS };
  return { path: 'protocol/ristretto.json', content };
}
