import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WardError } from '@ward/protocol';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DurableDatabase, storageError } from './durable-database.ts';

const VERSIONS = ['CREATE TABLE notes (number INTEGER PRIMARY KEY, text BLOB NOT NULL)'];
let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ward-database-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newPath = () => join(folder, `${count++}`, 'notes.db');
const open = (path: string, versions = VERSIONS) => DurableDatabase.open({ path, versions });

/** Each note is two rows, written together. */
function write(database: DurableDatabase, number: number): Promise<void> {
  const insert = database.prepare('INSERT INTO notes (number, text) VALUES (?, ?)');
  return database.write(() => {
    insert.run(2 * number, new Uint8Array(500).fill(number));
    insert.run(2 * number + 1, new Uint8Array(500).fill(number));
  });
}

function numbers(database: DurableDatabase): number[] {
  const rows = database.prepare('SELECT number FROM notes ORDER BY number').all();
  return rows.map((row) => (row as { number: number }).number);
}

describe('a database whose writes are durable', () => {
  it('has after a restart what was written, in order', async () => {
    const path = newPath();
    const first = await open(path);
    await Promise.all([1, 2, 3].map((n) => write(first, n)));
    await first.close();
    await first.close();
    const second = await open(path);
    expect(numbers(second)).toEqual([2, 3, 4, 5, 6, 7]);
    await second.close();
  });

  it('writes all of a transaction or nothing, and goes on', async () => {
    const database = await open(newPath());
    const insert = database.prepare('INSERT INTO notes (number, text) VALUES (?, ?)');
    const failing = database.write(() => {
      insert.run(8, new Uint8Array(1));
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    await write(database, 1);
    expect(numbers(database)).toEqual([2, 3]);
    await database.close();
  });

  it('is for one process at a time', async () => {
    const path = newPath();
    const database = await open(path);
    expect(await codeOfAsync(() => open(path))).toBe('HOME_LOCKED');
    await database.close();
    await (await open(path)).close();
  });

  it('makes new tables of an old home, and refuses a home of later software', async () => {
    const path = newPath();
    const database = await open(path);
    await write(database, 1);
    await database.close();
    const later = [...VERSIONS, 'CREATE TABLE more (number INTEGER)'];
    const second = await open(path, later);
    expect(numbers(second)).toEqual([2, 3]);
    expect(second.prepare('SELECT count(*) AS count FROM more').get()).toEqual({ count: 0 });
    await second.close();
    expect(await codeOfAsync(() => open(path))).toBe('HOME_INVALID');
  });

  it('refuses a file that is none', async () => {
    const path = newPath();
    await (await open(path)).close();
    await writeFile(path, 'no database at all. '.repeat(300));
    expect(await codeOfAsync(() => open(path))).toBe('HOME_INVALID');
  });

  it('leaves nothing of what was deleted in any file, once that is wanted', async () => {
    const path = newPath();
    const database = await open(path);
    const secret = Buffer.from('deleted by its owner');
    const insert = database.prepare('INSERT INTO notes (number, text) VALUES (1, ?)');
    await database.write(() => insert.run(secret));
    const remove = database.prepare('DELETE FROM notes');
    await database.write(() => remove.run());
    database.forgetDeleted();
    for (const name of [path, `${path}-wal`]) {
      expect((await readFile(name)).includes(secret), name).toBe(false);
    }
    await database.close();
  });
});

describe('a database that is only looked at', () => {
  const look = (path: string, versions = VERSIONS) =>
    DurableDatabase.openToRead({ path, versions });

  /** Names and bytes of all files beside it. */
  async function files(path: string) {
    const names = await readdir(dirname(path));
    return Promise.all(
      names.map(async (name) => [name, await readFile(join(dirname(path), name), 'hex')]),
    );
  }

  /** What is there when a process was killed before its log went into the tables. */
  async function killed(): Promise<string> {
    const path = newPath();
    const database = await open(path);
    await write(database, 1);
    const copy = newPath();
    await mkdir(dirname(copy));
    for (const end of ['', '-wal']) await copyFile(`${path}${end}`, `${copy}${end}`);
    await database.close();
    return copy;
  }

  it.each(['closed', 'killed'])('shows all that a process wrote that was %s', async (end) => {
    const path = end === 'killed' ? await killed() : newPath();
    if (end === 'closed') {
      const database = await open(path);
      await write(database, 1);
      await database.close();
    }
    const before = await files(path);
    const looked = look(path)!;
    expect(numbers(looked)).toEqual([2, 3]);
    await expect(write(looked, 2)).rejects.toThrow('readonly');
    await looked.close();
    expect(await files(path)).toEqual(before);
  });

  it('has to be whole, and of this software', async () => {
    const path = newPath();
    const database = await open(path);
    await write(database, 1);
    await database.close();
    expect(look(path, [...VERSIONS, 'CREATE TABLE more (number INTEGER)'])).toBeUndefined();
    expect(await codeOfAsync(async () => look(path, []))).toBe('HOME_INVALID');
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xff, 4096, 4200));
    expect(await codeOfAsync(async () => look(path))).toBe('HOME_INVALID');
    await writeFile(path, 'no database at all. '.repeat(300));
    expect(await codeOfAsync(async () => look(path))).toBe('HOME_INVALID');
    await truncate(path, 0);
    expect(await codeOfAsync(async () => look(path))).toBe('HOME_INVALID');
    expect(await codeOfAsync(async () => look(newPath()))).toBe('HOME_INVALID');
  });
});

describe('a crash at each write', () => {
  /** Notes one after the other, and how long the log was when each was durable. */
  async function written(notes: number) {
    const path = newPath();
    const database = await open(path);
    const sizes: number[] = [(await stat(`${path}-wal`)).size];
    for (let n = 0; n < notes; n++) {
      await write(database, n);
      sizes.push((await stat(`${path}-wal`)).size);
    }
    return { path, database, sizes };
  }

  /** What a process finds whose predecessor died when the disk had only so much of the log. */
  async function found(path: string, sizeBytes: number, torn: Uint8Array): Promise<number[]> {
    const copy = newPath();
    const made = await open(copy);
    await made.close();
    await copyFile(path, copy);
    await copyFile(`${path}-wal`, `${copy}-wal`);
    await truncate(`${copy}-wal`, sizeBytes);
    const log = await readFile(`${copy}-wal`);
    await writeFile(`${copy}-wal`, Buffer.concat([log, torn]));
    const database = await open(copy);
    const all = numbers(database);
    await database.close();
    return all;
  }

  it.each([
    ['cut off', new Uint8Array(0)],
    ['torn', new Uint8Array(3000).fill(0xa5)],
  ])('loses nothing that was acknowledged, and has no half: a log that is %s', async (_, torn) => {
    const { path, database, sizes } = await written(6);
    const last = sizes.at(-1)!;
    const step = Math.ceil((last - sizes[0]!) / 40);
    for (let at = sizes[0]!; at <= last; at += step) {
      const acknowledged = sizes.filter((size) => size <= at).length - 1;
      const all = await found(path, at, torn);
      expect(all.length, `cut at ${at}`).toBe(2 * acknowledged);
    }
    expect((await found(path, last, torn)).length).toBe(12);
    await database.close();
  });
});

describe('failures of the disk', () => {
  const system = (code: string) => Object.assign(new Error('x'), { code });
  const sqlite = (errcode: number) => Object.assign(system('ERR_SQLITE_ERROR'), { errcode });

  it.each([
    [system('ENOSPC'), 'STORE_FULL'],
    [system('EDQUOT'), 'STORE_FULL'],
    [system('EFBIG'), 'STORE_FULL'],
    [system('EIO'), 'STORE_FAILED'],
    [system('EROFS'), 'STORE_FAILED'],
    [sqlite(13), 'STORE_FULL'],
    [sqlite(5), 'HOME_LOCKED'],
    [sqlite(261), 'HOME_LOCKED'],
    [sqlite(11), 'HOME_INVALID'],
    [sqlite(26), 'HOME_INVALID'],
    [sqlite(10), 'STORE_FAILED'],
    [sqlite(778), 'STORE_FAILED'],
  ])('have a code of ours: %s', (error, code) => {
    expect((storageError(error) as WardError).code).toBe(code);
  });

  it('that are none stay what they are', () => {
    for (const error of [new TypeError('x'), sqlite(1), system('ENOENT'), undefined, 'text']) {
      expect(storageError(error)).toBe(error);
    }
    expect(storageError(system('EIO'))).toBeInstanceOf(WardError);
  });

  it('on a full disk refuse the transaction, keep nothing of it, and pass', async () => {
    const database = await open(newPath());
    await write(database, 1);
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() as {
      page_count: number;
    };
    database.prepare(`PRAGMA max_page_count = ${pages}`).get();
    const insert = database.prepare('INSERT INTO notes (number, text) VALUES (?, ?)');
    const large = () => database.write(() => insert.run(9, new Uint8Array(100_000)));
    expect(await codeOfAsync(large)).toBe('STORE_FULL');
    expect(numbers(database)).toEqual([2, 3]);
    database.prepare('PRAGMA max_page_count = 100000').get();
    expect(await codeOfAsync(large)).toBeUndefined();
    expect(numbers(database)).toEqual([2, 3, 9]);
    await database.close();
  });
});
