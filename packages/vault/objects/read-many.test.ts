import { loadCrypto } from '@ward/protocol/crypto';
import { DurableDatabase } from '@ward/server';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import type { BlobRange } from '../blobs/blob-store.ts';
import { MemoryBlobStore } from '../blobs/memory-blob-store.ts';
import { INDEX_VERSIONS } from '../index-tables.ts';
import { VAULT_LIMITS, type VaultLimits } from '../limits.ts';
import { nameObject } from './named-object.ts';
import { ObjectIndex } from './object-index.ts';
import { ObjectStore } from './object-store.ts';
import { Quotas } from './quotas.ts';

const realm = { network: new Uint8Array(32), crypto: await loadCrypto() };
const random = seededRandom(10);
const chart = random.bytes(32);
const holder = { kind: 'organisation', organisation: random.bytes(16) } as const;

/** Counts what is read, and has lost what lies behind a place. */
class CountedBlobs extends MemoryBlobStore {
  reads = 0;
  keptBytes = Number.POSITIVE_INFINITY;

  override async read(id: string, { offset, length }: BlobRange) {
    this.reads++;
    if (offset + length > this.keptBytes) return undefined;
    return super.read(id, { offset, length });
  }
}

function openStore(limits: Partial<VaultLimits> = {}) {
  const index = DurableDatabase.inMemory(INDEX_VERSIONS);
  const blobs = new CountedBlobs();
  const all = { ...VAULT_LIMITS, ...limits };
  const objects = new ObjectIndex(index);
  const quotas = new Quotas(index, all);
  const store = new ObjectStore({ blobs, index, objects, quotas, limits: all, random, realm });
  const put = async (sizes: readonly number[]) => {
    const named = sizes.map((size, position) =>
      nameObject({ kind: 'object', bytes: random.bytes(size) }, { chart, position }, realm),
    );
    await store.put(named, { chart, holder, now: 1 });
    return named;
  };
  return { blobs, store, put };
}

describe('several objects', () => {
  it('come in the order in which they were asked for, twice where asked twice', async () => {
    const { store, put } = openStore();
    const [one, two] = [await put([10, 20, 30]), await put([5, 6])];
    const wanted = [one[2]!, two[0]!, one[0]!, one[2]!, one[1]!, two[1]!];
    const names = wanted.map(({ name }) => name);
    const found = await store.readMany([...names, random.bytes(32)], 100);
    expect(found).toEqual([...wanted.map(({ bytes }) => bytes), null]);
  });

  it('that were stored together are read at once, and strangers between them are not', async () => {
    const { store, blobs, put } = openStore();
    const named = await put([10, 20, 30, 40, 50]);
    await store.readMany(
      named.map(({ name }) => name),
      100,
    );
    expect(blobs.reads).toBe(1);
    const some = [named[0]!, named[1]!, named[3]!];
    const found = await store.readMany(
      some.map(({ name }) => name),
      100,
    );
    expect(found).toEqual(some.map(({ bytes }) => bytes));
    expect(blobs.reads).toBe(3);
  });

  it('are given where they are whole, though the disk lost their neighbours', async () => {
    const { store, blobs, put } = openStore();
    const named = await put([10, 20, 30]);
    blobs.keptBytes = 45;
    const found = await store.readMany(
      named.map(({ name }) => name),
      100,
    );
    expect(found).toEqual([named[0]!.bytes, named[1]!.bytes, null]);
  });

  it('are no more than an answer takes, and none that is larger than was asked for', async () => {
    const { store, put } = openStore({ answerBytesMax: 70 });
    const named = await put([30, 60, 30, 30]);
    const found = await store.readMany(
      named.map(({ name }) => name),
      50,
    );
    expect(found).toEqual([named[0]!.bytes, null, named[2]!.bytes, null]);
  });
});
