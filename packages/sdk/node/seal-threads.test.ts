import { setTimeout } from 'node:timers/promises';
import type { SealedUnit } from '@ward/charts';
import { openRecordBytes, openUnitKey, ownUnitKey, parseManifest } from '@ward/charts';
import type { Random } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { MemoryBodies } from '@ward/testkit/unit-store';
import { describe, expect, it } from 'vitest';
import { sealInThreads } from './seal-threads.ts';

const crypto = await loadCrypto();
const { realm, header, epochKey, dealing, random: seeded } = makeSampleChart(crypto);
const author = sampleAuthor(crypto.ed25519.keyPair(seeded.bytes(32)), seeded.bytes(16));
const caption = { kind: 'encounter', month: 24_000 } as const;

/** Counts what is taken: threads have randomness of their own. */
class CountedRandom implements Random {
  taken = 0;

  bytes(length: number): Uint8Array {
    this.taken++;
    return systemRandom.bytes(length);
  }
}

const random = new CountedRandom();
const bodies = new MemoryBodies(crypto);

function unitOf(...contents: readonly Uint8Array[]) {
  return { caption, records: contents.map((bytes) => sampleRecord(bytes, { pieceBytes: 700 })) };
}

function seal(units: readonly ReturnType<typeof unitOf>[]): Promise<SealedUnit[]> {
  return sealInThreads(random, realm)({ units, author, header }, bodies);
}

async function contentOf(unit: SealedUnit): Promise<Uint8Array[]> {
  const parsed = parseManifest(unit.manifest, realm);
  const k1 = await openUnitKey(parsed, epochKey, realm);
  const keys = { k1, k2: ownUnitKey(parsed, dealing.secret, realm) };
  return Promise.all(
    unit.bodies.map(async (_, index) => {
      const body = bodies.bodyOf(unit, index);
      return (await openRecordBytes({ unit: parsed, keys, index }, body, realm)).bytes;
    }),
  );
}

/** Threads start when they are first needed; until they are ready, this thread does it. */
async function untilReady(): Promise<void> {
  const units = Array.from({ length: 8 }, () => unitOf(seeded.bytes(10)));
  for (;;) {
    const before = random.taken;
    await seal(units);
    if (random.taken === before) return;
    await setTimeout(20);
  }
}

describe('threads that seal', () => {
  it('give units in their order, which open as they were written', async () => {
    await untilReady();
    const contents = Array.from({ length: 30 }, (_, i) => [
      seeded.bytes(i * 100),
      seeded.bytes(2000 - i),
    ]);
    const before = random.taken;
    const sealed = await seal(contents.map((content) => unitOf(...content)));
    expect(random.taken).toBe(before);
    for (const [i, unit] of sealed.entries()) expect(await contentOf(unit)).toEqual(contents[i]);
  });

  it('leave what is large to the thread that asked, and keep the order', async () => {
    await untilReady();
    const sizes = [10, 20, 1_100_000, 30, 40, 600_000, 50, 60, 70, 80];
    const contents = sizes.map((size) => seeded.bytes(size));
    const sealed = await seal(contents.map((content) => unitOf(content)));
    expect(sealed.map(({ packed }) => packed === null)).toEqual(sizes.map((size) => size > 1e6));
    const found = await Promise.all(sealed.map(contentOf));
    const digests = found.map(([bytes]) => crypto.sha256(bytes!));
    expect(digests).toEqual(contents.map((bytes) => crypto.sha256(bytes)));
  });

  it('refuse as the thread that asked does', async () => {
    await untilReady();
    const good = Array.from({ length: 9 }, () => unitOf(seeded.bytes(10)));
    const record = sampleRecord(seeded.bytes(10));
    for (const bytes of [new Uint8Array(9), new Uint8Array(11)]) {
      const wrong = { caption, records: [{ ...record, open: () => [bytes] }] };
      expect(await codeOfAsync(() => seal([...good, wrong]))).toBe('RECORD_CHANGED');
    }
    expect(await codeOfAsync(() => seal([...good, unitOf()]))).toBe('UNIT_RECORDS');
  });
});
