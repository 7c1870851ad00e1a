import { slotKey } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { SampleState } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { openSources, type Sources, sealSources, sourceDigest } from '../unit/sources.ts';
import { type Source, sourceSecret, unitSlot } from '../unit/unit-slots.ts';

// Sources are enumerated and each is walked to its first absent slot; the next epoch closes each
// with its final count. Otherwise a withheld record goes unnoticed.

const crypto = await loadCrypto();
const { realm, random, epoch } = makeSampleChart(crypto);
const organisation = random.bytes(16);
const secret = sourceSecret({ writeSecret: random.bytes(32), epoch: 0 }, crypto);
const source: Source = { organisation, secret };
const state = new SampleState();
for (let n = 0; n < 5; n++) {
  state.writeSlot(unitSlot({ source, n }, realm), random.bytes(32), 100 + n);
}

/** How many units stand in the row of a source, as the ledger proves it. */
function walk(each: Source): number {
  for (let n = 0; ; n++) {
    const { claims } = state.prove([slotKey(unitSlot({ source: each, n }, realm))], crypto);
    if (claims[0]!.value === null) return n;
  }
}

const closing: Sources = {
  epoch: 1,
  sources: [{ organisation, secret: random.bytes(32) }],
  ownerKeys: [],
  previous: {
    object: random.bytes(32),
    closed: [{ source: sourceDigest(source, realm), count: walk(source) }],
    ownerCount: 0,
  },
};

describe('a vault that withholds a unit', () => {
  it('cannot shorten the row: its slots are on the ledger', () => {
    expect(walk(source)).toBe(5);
  });

  it('cannot do so after the epoch either: the list of the next one has the count', async () => {
    const object = await sealSources(closing, epoch.seed, random, realm);
    const { previous } = await openSources(object, { seed: epoch.seed, epoch: 1 }, realm);
    const closed = previous!.closed.find(
      ({ source: digest }) => digest.join() === sourceDigest(source, realm).join(),
    );
    expect(closed?.count).toBe(5);
  });

  it('shows in a closed row to which somebody added a unit later', () => {
    state.writeSlot(unitSlot({ source, n: 5 }, realm), random.bytes(32), 999);
    expect(walk(source)).toBeGreaterThan(closing.previous!.closed[0]!.count);
  });
});

describe('somebody without the write secret of a source', () => {
  it('finds none of its slots, and with the secret of one epoch none of another', () => {
    const stranger = { organisation, secret: random.bytes(32) };
    expect(walk(stranger)).toBe(0);
    const writeSecret = random.bytes(32);
    const secrets = [0, 1].map((number) => sourceSecret({ writeSecret, epoch: number }, crypto));
    const slots = secrets.flatMap((each) =>
      [0, 1, 2].map((n) => unitSlot({ source: { organisation, secret: each }, n }, realm).join()),
    );
    expect(new Set(slots).size).toBe(6);
  });

  it('cannot write into the row of another organisation, even with its secret', () => {
    const thief = { organisation: random.bytes(16), secret };
    expect(unitSlot({ source: thief, n: 0 }, realm)).not.toEqual(unitSlot({ source, n: 0 }, realm));
  });

  it('learns nothing about a closed source from its digest', () => {
    const other = { organisation, secret: random.bytes(32) };
    expect(sourceDigest(source, realm)).not.toEqual(sourceDigest(other, realm));
    expect(sourceDigest(source, realm)).toEqual(sourceDigest({ organisation, secret }, realm));
  });
});
