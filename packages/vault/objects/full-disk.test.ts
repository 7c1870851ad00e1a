import { makeRoster } from '@ward/charts';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { DurableDatabase, refuseServer } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import type { BlobRange } from '../blobs/blob-store.ts';
import { MemoryBlobStore } from '../blobs/memory-blob-store.ts';
import { INDEX_VERSIONS } from '../index-tables.ts';
import { VAULT_LIMITS } from '../limits.ts';
import { Deletions } from './deletions.ts';
import { nameObject } from './named-object.ts';
import { ObjectIndex } from './object-index.ts';
import { ObjectStore } from './object-store.ts';
import { Quotas } from './quotas.ts';
import { dropOrphans } from './scrub.ts';

const realm = { network: new Uint8Array(32), crypto: await loadCrypto() };
const random = seededRandom(9);
const chart = random.bytes(32);
const holder = { kind: 'organisation', organisation: random.bytes(16) } as const;
const putting = { chart, holder, now: 1 };

/** A disk that has room for so many bytes, and may fail when it is to forget some. */
class SmallBlobs extends MemoryBlobStore {
  roomBytes: number;
  canErase = true;

  constructor(roomBytes: number) {
    super();
    this.roomBytes = roomBytes;
  }

  override async put(id: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    let size = 0;
    const room = () => this.roomBytes;
    const counted = async function* () {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > room()) throw refuseServer('STORE_FULL');
        yield chunk;
      }
    };
    return super.put(id, counted());
  }

  override async erase(id: string, range: BlobRange): Promise<void> {
    if (!this.canErase) throw refuseServer('STORE_FAILED');
    await super.erase(id, range);
  }

  override async delete(id: string): Promise<void> {
    if (!this.canErase) throw refuseServer('STORE_FAILED');
    await super.delete(id);
  }
}

function openStore(roomBytes: number) {
  const index = DurableDatabase.inMemory(INDEX_VERSIONS);
  const blobs = new SmallBlobs(roomBytes);
  const limits = { ...VAULT_LIMITS, organisationChartBytesMax: 10_000 };
  const objects = new ObjectIndex(index);
  const quotas = new Quotas(index, limits);
  const parts = { blobs, index, objects, quotas };
  const store = new ObjectStore({ ...parts, limits, random: systemRandom, realm });
  return { ...parts, store, deletions: new Deletions(parts) };
}

const named = (size: number) =>
  nameObject({ kind: 'object', bytes: random.bytes(size) }, { chart, position: 0 }, realm);

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield random.bytes(1000);
}

async function blobCount(blobs: MemoryBlobStore): Promise<number> {
  let count = 0;
  for await (const _ of blobs.list()) count++;
  return count;
}

describe('a disk that fills up', () => {
  it('refuses a batch as a whole: nothing of it is found, and no quota is used', async () => {
    const { store, blobs } = openStore(1500);
    const batch = [named(800), named(800)];
    expect(await codeOfAsync(() => store.put(batch, putting))).toBe('STORE_FULL');
    for (const { name } of batch) {
      expect(await codeOfAsync(async () => store.find(name))).toBe('OBJECT_UNKNOWN');
    }
    expect(await blobCount(blobs)).toBe(0);
    blobs.roomBytes = 1_000_000;
    await store.put(batch, putting);
    await store.put([named(8000)], putting);
    expect(store.totals()).toEqual({ bytes: 9600, objects: 3 });
    expect(await codeOfAsync(() => store.put([named(500)], putting))).toBe('QUOTA_EXCEEDED');
  });

  it('in the middle of a stream keeps nothing of it', async () => {
    const { store, blobs } = openStore(4500);
    const upload = (count: number) =>
      store.upload(pieces(count), { ...putting, announcedBytes: undefined });
    // What is not announced is set aside in large steps, beyond this quota.
    expect(await codeOfAsync(() => upload(3))).toBe('QUOTA_EXCEEDED');
    const announced = (count: number) =>
      store.upload(pieces(count), { ...putting, announcedBytes: count * 1000 });
    expect(await codeOfAsync(() => announced(8))).toBe('STORE_FULL');
    expect(await blobCount(blobs)).toBe(0);
    expect(store.totals()).toEqual({ bytes: 0, objects: 0 });
    const name = await announced(4);
    expect(store.find(name).size).toBe(4000);
  });

  it('keeps what it had, and gives it out', async () => {
    const { store, blobs } = openStore(1000);
    const kept = named(900);
    await store.put([kept], putting);
    blobs.roomBytes = 0;
    expect(await codeOfAsync(() => store.put([named(10)], putting))).toBe('STORE_FULL');
    expect(await store.open(kept.name)).toEqual(kept.bytes);
    await store.put([kept], putting);
  });
});

describe('a disk that fails while something is deleted', () => {
  it('signs for nothing, shows the object to nobody, and finishes later', async () => {
    const { store, blobs, deletions } = openStore(100_000);
    const roster = makeRoster([], random);
    const place = { chart, position: 0 };
    const object = nameObject({ kind: 'object', bytes: roster }, place, realm);
    const other = named(50);
    await store.put([object, other], putting);
    blobs.canErase = false;
    const order = { chart, name: object.name, body: null };
    expect(await codeOfAsync(() => deletions.run(order, 5))).toBe('STORE_FAILED');
    expect(await codeOfAsync(async () => store.find(object.name))).toBe('OBJECT_UNKNOWN');
    expect(await codeOfAsync(() => deletions.resume())).toBe('STORE_FAILED');
    blobs.canErase = true;
    await deletions.resume();
    expect(await deletions.run(order, 9)).toMatchObject({ subject: object.name, time: 5 });
    expect(await store.open(other.name)).toEqual(other.bytes);
    let held = new Uint8Array(0);
    for await (const id of blobs.list()) {
      held = (await blobs.read(id, { offset: 0, length: 100_000 }))!;
    }
    expect(Buffer.from(held).includes(Buffer.from(roster))).toBe(false);
    expect(await codeOfAsync(() => store.put([object], putting))).toBe('OBJECT_ERASED');
  });

  it('leaves no blob without a row behind, once it works again', async () => {
    const { store, blobs, objects } = openStore(100_000);
    await store.put([named(50)], putting);
    await blobs.put('ab'.repeat(16), [random.bytes(10)]);
    expect(await dropOrphans({ blobs, objects })).toBe(1);
    expect(await dropOrphans({ blobs, objects })).toBe(0);
    expect(await blobCount(blobs)).toBe(1);
  });
});
