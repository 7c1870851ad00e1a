import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { describe, expect, it } from 'vitest';
import { openSources, type Sources, sealSources, sourceDigest } from './sources.ts';
import { sourceSecret, unitAddress, unitSlot } from './unit-slots.ts';

const crypto = await loadCrypto();
const { realm, random, epoch } = makeSampleChart(crypto);
const { seed } = epoch;

const sources: Sources = {
  epoch: 2,
  sources: [1, 2, 3].map(() => ({ organisation: random.bytes(16), secret: random.bytes(32) })),
  ownerKeys: [random.bytes(32), random.bytes(32)],
  previous: {
    object: random.bytes(32),
    closed: [{ source: random.bytes(32), count: 7 }],
    ownerCount: 3,
  },
};

describe('the sources of an epoch', () => {
  it('are read by those who hold its seed', async () => {
    const object = await sealSources(sources, seed, random, realm);
    expect(await openSources(object, { seed, epoch: 2 }, realm)).toEqual(sources);
    const first = { ...sources, epoch: 0, previous: null };
    const sealed = await sealSources(first, seed, random, realm);
    expect(await openSources(sealed, { seed, epoch: 0 }, realm)).toEqual(first);
  });

  it('are refused alike with another seed, for another epoch, and altered', async () => {
    const object = await sealSources(sources, seed, random, realm);
    const altered = object.slice();
    altered[40]! ^= 1;
    const tries = [
      () => openSources(object, { seed: random.bytes(32), epoch: 2 }, realm),
      () => openSources(object, { seed, epoch: 3 }, realm),
      () => openSources(altered, { seed, epoch: 2 }, realm),
      () => openSources(object.slice(0, 5), { seed, epoch: 2 }, realm),
      () => openSources(object, { seed, epoch: 2 }, { network: random.bytes(32), crypto }),
    ];
    for (const open of tries) expect(await codeOfAsync(open)).toBe('SOURCES_INVALID');
  });

  it('look different each time, so that it does not show whether one was added', async () => {
    const [one, two] = [
      await sealSources(sources, seed, random, realm),
      await sealSources(sources, seed, random, realm),
    ];
    expect(one).not.toEqual(two);
  });

  it('of 10,000 writers fit, and are refused beyond', async () => {
    const writers = (count: number) => ({
      ...sources,
      sources: Array.from({ length: count }, () => sources.sources[0]!),
    });
    const object = await sealSources(writers(10_000), seed, random, realm);
    expect((await openSources(object, { seed, epoch: 2 }, realm)).sources).toHaveLength(10_000);
    const more = async () => sealSources(writers(10_001), seed, random, realm);
    expect(await codeOfAsync(more)).toBe('FORMAT_RANGE');
  });
});

describe('the slots of a source', () => {
  it('differ by write secret, epoch, number, organisation and network', () => {
    const organisation = random.bytes(16);
    const writeSecret = random.bytes(32);
    const slot = (
      changes: Partial<{ ws: Uint8Array; e: number; n: number; by: Uint8Array; net: Uint8Array }>,
    ) => {
      const { ws = writeSecret, e = 0, n = 0, by = organisation, net = realm.network } = changes;
      const secret = sourceSecret({ writeSecret: ws, epoch: e }, crypto);
      return toHex(unitSlot({ source: { organisation: by, secret }, n }, { network: net, crypto }));
    };
    const slots = [
      slot({}),
      slot({ ws: random.bytes(32) }),
      slot({ e: 1 }),
      slot({ n: 1 }),
      slot({ by: random.bytes(16) }),
      slot({ net: random.bytes(32) }),
    ];
    expect(new Set(slots).size).toBe(slots.length);
    expect(slot({})).toBe(slots[0]);
  });

  it('can be walked with the secret of the epoch, which does not tell the write secret', () => {
    const writeSecret = random.bytes(32);
    const secret = sourceSecret({ writeSecret, epoch: 5 }, crypto);
    expect(secret).not.toEqual(writeSecret);
    expect(unitAddress({ secret, n: 9 }, crypto)).toHaveLength(32);
    const source = { organisation: random.bytes(16), secret };
    expect(sourceDigest(source, realm)).not.toEqual(
      sourceDigest({ ...source, secret: writeSecret }, realm),
    );
  });
});
