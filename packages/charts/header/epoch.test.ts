import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { describe, expect, it } from 'vitest';
import { makeRoster, paddingOf } from '../grant/roster.ts';
import { epochKey, makeEpoch, openSeed, paddedCount, SeedsObject, sealSeeds } from './epoch.ts';

const crypto = await loadCrypto();
const { realm, random, chart } = makeSampleChart(crypto);
const epoch = makeEpoch(3, random);

const readerOf = () => {
  const key = crypto.kem.openingKey(random.bytes(32));
  return { leaf: random.bytes(32), key: key.sealingKey, opening: key };
};

/** p of X25519, 2^255 − 19. */
const P = 2n ** 255n - 19n;

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % P];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** Whether 32 bytes are the coordinate of a point of Curve25519, as every real seal has one. */
function isX25519(bytes: Uint8Array): boolean {
  if (bytes[31]! >= 0x80) return false;
  const u = BigInt(`0x${toHex(bytes.slice().reverse())}`) % P;
  const square = (u * u * u + 486662n * u * u + u) % P;
  return square === 0n || power(square, (P - 1n) / 2n) === 1n;
}

describe('the seeds of an epoch', () => {
  const readers = Array.from({ length: 5 }, readerOf);

  it('reach every reader, each with its own key and leaf', async () => {
    const object = await sealSeeds({ chart, epoch, readers }, random, realm);
    for (const { leaf, opening } of readers) {
      const place = { chart, epoch: epoch.number, leaf };
      expect(await openSeed(object, place, opening, realm)).toEqual(epoch.seed);
    }
  });

  it('reach nobody else: not with another key, leaf, epoch, chart or network', async () => {
    const object = await sealSeeds({ chart, epoch, readers }, random, realm);
    const [one, other] = readers as [(typeof readers)[0], (typeof readers)[0]];
    const place = { chart, epoch: epoch.number, leaf: one.leaf };
    const refused = [
      () => openSeed(object, place, other.opening, realm),
      () => openSeed(object, { ...place, leaf: other.leaf }, one.opening, realm),
      () => openSeed(object, { ...place, epoch: 4 }, one.opening, realm),
      () => openSeed(object, { ...place, chart: random.bytes(32) }, one.opening, realm),
      () => openSeed(object, place, one.opening, { network: random.bytes(32), crypto }),
    ];
    for (const open of refused) expect(await codeOfAsync(open)).toBe('SEAL_INVALID');
    const unknown = { ...place, leaf: random.bytes(32) };
    expect(await openSeed(object, unknown, one.opening, realm)).toBeUndefined();
  });

  it('are padded to a power of two, so that few numbers of readers show', async () => {
    expect([0, 1, 4, 5, 8, 9, 1000, 1025].map(paddedCount)).toEqual([
      4, 4, 4, 8, 8, 16, 1024, 2048,
    ]);
    for (const count of [0, 1, 3, 5]) {
      const some = readers.slice(0, count);
      const object = await sealSeeds({ chart, epoch, readers: some }, random, realm);
      expect(SeedsObject.decode(object).seeds).toHaveLength(paddedCount(count));
    }
  });

  it('are padded with entries that look like all others', async () => {
    const few = readers.slice(0, 1);
    for (let i = 0; i < 8; i++) {
      const object = await sealSeeds({ chart, epoch, readers: few }, random, realm);
      for (const { sealed } of SeedsObject.decode(object).seeds) {
        expect(isX25519(sealed.slice(1088, 1120))).toBe(true);
      }
    }
    const noise = Array.from({ length: 200 }, () => isX25519(random.bytes(32)));
    expect(noise.filter(Boolean).length).toBeLessThan(100);
  });

  it('name the same leaves as the roster, where its padding is given', async () => {
    const made = readers.map(({ leaf }) => leaf);
    const roster = makeRoster(made, random);
    const padding = paddingOf(roster, made);
    const object = await sealSeeds({ chart, epoch, readers, padding }, random, realm);
    const leaves = SeedsObject.decode(object).seeds.map(({ leaf }) => toHex(leaf));
    expect(leaves).toEqual([...made, ...padding].map(toHex).sort());
  });
});

describe('the key of an epoch', () => {
  it('follows from its seed and the network alone', () => {
    const key = (seed: Uint8Array, network = realm.network) =>
      toHex(epochKey(seed, { network, crypto }).sealingKey.bytes);
    expect(key(epoch.seed)).toBe(key(epoch.seed));
    expect(key(epoch.seed)).not.toBe(key(makeEpoch(3, random).seed));
    expect(key(epoch.seed)).not.toBe(key(epoch.seed, random.bytes(32)));
  });
});
