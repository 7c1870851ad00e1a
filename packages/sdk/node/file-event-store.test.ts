import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeUtf8, readUint32 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileStore, openFileEventStore } from './file-event-store.ts';
import { loadHomeKey } from './home-files.ts';
import { type StoreDisk, storeDisk } from './store-disk.ts';

const crypto = await loadCrypto();
const random = seededRandom(5);
const key = random.bytes(32);
/** Length and what authenticates it. */
const FRAME_BYTES = 12;
const RECORDS = ['first', 'second', 'third'].map(encodeUtf8);
let folder: string;
let path: string;
let open: FileStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-store-'));
  path = join(folder, 'wallet.events');
});
afterEach(() => {
  for (const store of open) store.close();
  open = [];
  rmSync(folder, { recursive: true });
});

async function openStore(disk: StoreDisk = storeDisk, withKey = key): Promise<FileStore> {
  const store = await openFileEventStore({ path, key: withKey, crypto, random, disk });
  open.push(store);
  return store;
}

const codeOfOpening = () => codeOfAsync(() => openStore());

/** Where each record of a file begins, and where the last one ends. */
function placesOf(bytes: Uint8Array): number[] {
  const places = [4];
  while (places.at(-1)! < bytes.length) {
    const at = places.at(-1)!;
    places.push(at + FRAME_BYTES + readUint32(bytes, at));
  }
  return places;
}

async function writtenFile(): Promise<Uint8Array> {
  const store = await openStore();
  for (const record of RECORDS) await store.append([record]);
  return new Uint8Array(readFileSync(path));
}

/** A disk on which the step with a number fails; a write leaves half of its bytes. */
function failingDisk(failing: number): StoreDisk & { readonly steps: () => number } {
  let steps = 0;
  const step = <T>(work: () => T): T => {
    if (steps++ === failing) throw new Error('power lost');
    return work();
  };
  return {
    steps: () => steps,
    write: async (file, bytes) => {
      if (steps === failing) await storeDisk.write(file, bytes.subarray(0, bytes.length >> 1));
      await step(() => storeDisk.write(file, bytes));
    },
    sync: async (file) => step(() => storeDisk.sync(file)),
    truncate: (file, size) => storeDisk.truncate(file, size),
    create: (name) => step(() => storeDisk.create(name)),
    rename: (from, to) => step(() => storeDisk.rename(from, to)),
    syncFolder: (name) => step(() => storeDisk.syncFolder(name)),
  };
}

describe('a file of events', () => {
  it('gives back what was appended, whoever opens it with the key', async () => {
    await writtenFile();
    expect(await (await openStore()).load()).toEqual(RECORDS);
    const store = await openStore();
    await store.load();
    expect(await store.load()).toEqual(RECORDS);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('does not open with another key, and shows nothing of what is in it', async () => {
    const bytes = await writtenFile();
    expect(await codeOfAsync(() => openStore(storeDisk, random.bytes(32)))).toBe('STORE_CORRUPT');
    expect(Buffer.from(bytes).includes('second')).toBe(false);
  });

  it('drops the record that a crash cut, at whatever byte, and goes on', async () => {
    const bytes = await writtenFile();
    const places = placesOf(bytes);
    for (let size = 0; size < bytes.length; size++) {
      writeFileSync(path, bytes.subarray(0, size));
      const whole = Math.max(0, places.filter((place) => place <= size).length - 1);
      const store = await openStore();
      await store.append([encodeUtf8('next')]);
      const kept = [...RECORDS.slice(0, whole), encodeUtf8('next')];
      expect(await (await openStore()).load(), `cut at ${size}`).toEqual(kept);
    }
  });

  it('takes zeros at its end for a record that was on its way', async () => {
    const bytes = await writtenFile();
    writeFileSync(path, Buffer.concat([bytes, new Uint8Array(300)]));
    const store = await openStore();
    expect(await store.load()).toEqual(RECORDS);
    expect(statSync(path).size).toBe(bytes.length);
  });

  it('is refused when any byte of it is altered', async () => {
    const bytes = await writtenFile();
    for (let at = 0; at < bytes.length; at++) {
      const altered = bytes.slice();
      altered[at]! ^= 1;
      writeFileSync(path, altered);
      expect(await codeOfOpening(), `altered at ${at}`).toBe('STORE_CORRUPT');
      expect(new Uint8Array(readFileSync(path))).toEqual(altered);
    }
  });

  it('is refused with records swapped, doubled, or one in the middle left out', async () => {
    const bytes = await writtenFile();
    const places = placesOf(bytes);
    const part = (i: number) => bytes.subarray(places[i], places[i + 1]);
    const head = bytes.subarray(0, 4);
    const orders = [[1, 0, 2], [0, 2, 1], [0, 0, 1], [0, 2], [1, 2], [2]];
    for (const order of orders) {
      writeFileSync(path, Buffer.concat([head, ...order.map(part)]));
      expect(await codeOfOpening(), order.join()).toBe('STORE_CORRUPT');
    }
  });

  it('takes a full disk for a refusal: nothing of it stays, and it goes on later', async () => {
    await writtenFile();
    for (const failing of [0, 1]) {
      let isFull = false;
      const full: StoreDisk = {
        ...storeDisk,
        write: async (file, bytes) => {
          if (isFull && failing === 0) {
            await storeDisk.write(file, bytes.subarray(0, 9));
            throw new Error('ENOSPC');
          }
          await storeDisk.write(file, bytes);
        },
        sync: (file) =>
          isFull && failing === 1 ? Promise.reject(new Error('ENOSPC')) : storeDisk.sync(file),
      };
      const store = await openStore(full);
      const before = await store.load();
      isFull = true;
      await expect(store.append([encodeUtf8('lost')])).rejects.toThrow('ENOSPC');
      isFull = false;
      await store.append([encodeUtf8('kept')]);
      const after = [...before, encodeUtf8('kept')];
      expect(await (await openStore()).load()).toEqual(after);
    }
  });

  it('writes nothing more behind an end that it could not take back', async () => {
    await writtenFile();
    let isBroken = false;
    const fail = () => {
      throw new Error('EIO');
    };
    const broken: StoreDisk = {
      ...storeDisk,
      sync: async (file) => (isBroken ? fail() : storeDisk.sync(file)),
      truncate: (file, size) => (isBroken ? fail() : storeDisk.truncate(file, size)),
    };
    const store = await openStore(broken);
    isBroken = true;
    await expect(store.append([encodeUtf8('lost')])).rejects.toThrow('EIO');
    isBroken = false;
    await expect(store.append([encodeUtf8('behind')])).rejects.toThrow('EIO');
  });

  it('keeps the order of what is appended at once', async () => {
    const store = await openStore();
    const records = Array.from({ length: 40 }, (_, i) => encodeUtf8(`record ${i}`));
    await Promise.all(records.map((record) => store.append([record])));
    expect(await (await openStore()).load()).toEqual(records);
  });
});

describe('a file of events that is rewritten', () => {
  it('has the new records only, and takes more', async () => {
    await writtenFile();
    const store = await openStore();
    await store.rewrite([RECORDS[1]!]);
    await store.append([RECORDS[2]!]);
    await store.rewrite([RECORDS[0]!, RECORDS[2]!]);
    await store.append([RECORDS[1]!]);
    expect(await store.load()).toEqual([RECORDS[0], RECORDS[2], RECORDS[1]]);
    expect(await (await openStore()).load()).toEqual([RECORDS[0], RECORDS[2], RECORDS[1]]);
  });

  it('is the old file or the new one wherever a crash falls; what follows is kept', async () => {
    const bytes = await writtenFile();
    const counted = failingDisk(-1);
    const before = await openStore(counted);
    const first = counted.steps();
    await before.rewrite([RECORDS[1]!]);
    const count = counted.steps() - first;
    expect(count).toBe(5);
    for (let failing = 0; failing < count; failing++) {
      rmSync(path);
      writeFileSync(path, bytes);
      const disk = failingDisk(failing);
      const store = await openStore(disk);
      await expect(store.rewrite([RECORDS[1]!])).rejects.toThrow('power lost');
      const isNew = failing === count - 1;
      const kept = isNew ? [RECORDS[1]!] : RECORDS;
      expect(await (await openStore()).load(), `step ${failing}`).toEqual(kept);
      await store.append([encodeUtf8('next')]);
      const all = [...kept, encodeUtf8('next')];
      expect(await (await openStore()).load(), `behind step ${failing}`).toEqual(all);
    }
  });
});

describe('the key of a home', () => {
  it('is made once, whole, and is for its owner only', () => {
    const made = loadHomeKey(folder, random);
    expect(made).toHaveLength(32);
    expect(loadHomeKey(folder, random)).toEqual(made);
    expect(statSync(join(folder, 'home.key')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'home.key.next'))).toBe(false);
  });

  it('is refused when it was cut', async () => {
    loadHomeKey(folder, random);
    truncateSync(join(folder, 'home.key'), 31);
    expect(await codeOfAsync(async () => loadHomeKey(folder, random))).toBe('STORE_CORRUPT');
  });
});
