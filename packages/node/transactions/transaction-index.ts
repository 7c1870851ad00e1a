import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { bytesKey, type TransactionPlace } from '@ward/engine';
import { type Digest, equalBytes, type Height, type TransactionId } from '@ward/protocol';
import { refuse } from '../errors.ts';

/** The chain as the index reads it: only blocks that are final and durable. */
export interface IndexedChain {
  readonly newest: Height;
  readonly oldest: Height;
  /** Hash of a block's header. */
  hashAt(height: Height): Digest | undefined;
  /** Ids of a block's transactions in order. */
  idsAt(height: Height): readonly TransactionId[];
}

export interface TransactionIndexOptions {
  readonly path: string;
  readonly chain: IndexedChain;
}

interface IndexedBlock {
  readonly height: Height;
  readonly hash: Digest;
  readonly ids: readonly TransactionId[];
}

/** Between two writes, so that requests get their turn. */
const PAUSE_MS = 50;
/** Rows of one write, unless so many wait that it must be more. */
const ROWS_PER_WRITE = 2000;
/** Blocks without transactions are only counted, and seldom. */
const EMPTY_BLOCKS_PER_WRITE = 256;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS transactions (
    id BLOB PRIMARY KEY, height INTEGER NOT NULL, position INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS indexed (
    one INTEGER PRIMARY KEY CHECK (one = 1), height INTEGER NOT NULL, hash BLOB NOT NULL
  ) STRICT;
`;

/**
 * Where each transaction of the chain stands, however old. A derived file: it follows the blocks at
 * a distance, and is read anew from them when it is missing, damaged or of another chain.
 */
export class TransactionIndex {
  readonly #chain: IndexedChain;
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #mark: StatementSync;
  readonly #page: StatementSync;
  readonly #delete: StatementSync;
  /** Blocks that are read and not written yet. */
  #unwritten: IndexedBlock[] = [];
  readonly #places = new Map<string, TransactionPlace>();
  /** Height up to which blocks are read. */
  #height: Height;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ path, chain }: TransactionIndexOptions) {
    this.#chain = chain;
    const { database, height } = openDatabase(path, chain);
    this.#database = database;
    this.#height = height;
    this.#select = database.prepare('SELECT height, position FROM transactions WHERE id = ?');
    this.#insert = database.prepare('INSERT OR IGNORE INTO transactions VALUES (?, ?, ?)');
    this.#mark = database.prepare('INSERT OR REPLACE INTO indexed VALUES (1, ?, ?)');
    this.#page = database.prepare(
      'SELECT id, height FROM transactions WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#delete = database.prepare('DELETE FROM transactions WHERE id = ?');
  }

  /** Height up to which every transaction is known. */
  get height(): Height {
    return this.#height;
  }

  /** Reads the blocks that came while the index was closed, in turns with other work. */
  async catchUp(): Promise<void> {
    while (!this.#isClosed && this.#height < this.#chain.newest) {
      this.#read(this.#height + 1);
      if (this.#height % 8 === 0) await breathe();
    }
  }

  /** To be called for each new block, once it is durable. */
  follow(height: Height): void {
    if (!this.#isClosed && height === this.#height + 1) this.#read(height);
  }

  #read(height: Height): void {
    const hash = this.#chain.hashAt(height);
    if (hash === undefined) throw new Error('a block to be indexed that is not there');
    const ids = this.#chain.idsAt(height);
    for (const [index, id] of ids.entries()) {
      const key = bytesKey(id);
      // A copy that a later block refused has no place of its own.
      if (!this.#places.has(key)) this.#places.set(key, { height, index });
    }
    this.#unwritten.push({ height, hash, ids });
    this.#height = height;
    if (ids.length > 0 || this.#unwritten.length >= EMPTY_BLOCKS_PER_WRITE) {
      this.#timer ??= setTimeout(() => this.#writeSome(), PAUSE_MS);
    }
  }

  /**
   * Where a committed transaction stands; undefined where there is none.
   *
   * @throws WardError `INDEX_BEHIND` when it may stand in a block that is not read yet.
   */
  find(id: TransactionId): TransactionPlace | undefined {
    const place = this.#select.get(id) as { height: number; position: number } | undefined;
    if (place !== undefined) return { height: place.height, index: place.position };
    const unwritten = this.#places.get(bytesKey(id));
    const { newest } = this.#chain;
    if (unwritten === undefined && this.#height < newest) {
      throw refuse('INDEX_BEHIND', { height: this.#height, newest });
    }
    return unwritten;
  }

  #writeSome(): void {
    this.#timer = undefined;
    const waiting = this.#places.size;
    this.#write(Math.max(ROWS_PER_WRITE, Math.ceil(waiting / 8)));
    if (this.#places.size > 0) this.#timer = setTimeout(() => this.#writeSome(), PAUSE_MS);
  }

  /** Writes whole blocks until `rowsMin` rows are written, or all are. */
  #write(rowsMin: number): void {
    let blocks = 0;
    for (let rows = 0; blocks < this.#unwritten.length && rows < rowsMin; blocks++) {
      rows += this.#unwritten[blocks]!.ids.length;
    }
    const written = this.#unwritten.slice(0, blocks);
    const last = written.at(-1);
    if (last === undefined) return;
    this.#database.exec('BEGIN');
    for (const { height, ids } of written) {
      for (const [index, id] of ids.entries()) this.#insert.run(id, height, index);
    }
    this.#mark.run(last.height, last.hash);
    this.#database.exec('COMMIT');
    this.#unwritten = this.#unwritten.slice(blocks);
    for (const id of written.flatMap(({ ids }) => ids)) this.#places.delete(bytesKey(id));
  }

  /** Forgets transactions of blocks that are gone, in turns with other work. */
  async dropBelow(oldest: Height): Promise<void> {
    let after: Uint8Array | undefined = new Uint8Array(0);
    while (after !== undefined && !this.#isClosed) {
      const page = this.#page.all(after, ROWS_PER_WRITE) as { id: Uint8Array; height: number }[];
      this.#database.exec('BEGIN');
      for (const { id, height } of page) if (height < oldest) this.#delete.run(id);
      this.#database.exec('COMMIT');
      after = page.at(-1)?.id;
      await breathe();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#write(Number.POSITIVE_INFINITY);
    this.#database.close();
  }
}

interface OpenDatabase {
  readonly database: DatabaseSync;
  /** Height up to which it is filled. */
  readonly height: Height;
}

/** Opens the file where it belongs to this chain, else begins a new one. */
function openDatabase(path: string, chain: IndexedChain): OpenDatabase {
  try {
    const database = openFile(path);
    const height = heightOf(database, chain);
    if (height !== undefined) return { database, height };
    database.close();
  } catch (error) {
    // Damaged: nothing in it is worth more than reading the blocks again.
    if ((error as { code?: unknown }).code !== 'ERR_SQLITE_ERROR') throw error;
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  return { database: openFile(path), height: chain.oldest - 1 };
}

function openFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // Durable enough: after a crash it is whole, and the last blocks are read once more.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Height up to which a database is filled; undefined where it is of another chain. */
function heightOf(database: DatabaseSync, chain: IndexedChain): Height | undefined {
  const row = database.prepare('SELECT height, hash FROM indexed').get();
  if (row === undefined) return chain.oldest - 1;
  const { height, hash } = row as { height: number; hash: Uint8Array };
  const own = height <= chain.newest ? chain.hashAt(height) : undefined;
  return own !== undefined && equalBytes(own, hash) ? height : undefined;
}
