import { closeSync, existsSync, fdatasync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { refuseProtocol } from '@ward/protocol';
import { refuse } from '../errors.ts';

const sync = promisify(fdatasync);

/** Result codes of SQLite (https://sqlite.org/rescode.html) that have codes of ours. */
const SQLITE_BUSY = 5;
const SQLITE_IO = 10;
const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;
const PRIMARY_CODE = 0xff;

export interface DurableDatabaseOptions {
  readonly path: string;
  /** Statements that make the tables of version 1, 2, …; each runs once. */
  readonly versions: readonly string[];
}

/**
 * A SQLite database whose writes are durable before they are acknowledged, without blocking the
 * process: a transaction is written to the write-ahead log at once and made durable together with
 * all others that wait, in one `fdatasync` on a thread of its own.
 *
 * It works because in WAL mode with `synchronous = NORMAL` SQLite itself syncs the log before it
 * copies pages from it, so that a crash loses only transactions that were not synced yet, the last
 * ones, and never leaves half of one.
 */
export class DurableDatabase {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** The write-ahead log; null for a database in memory. */
  readonly #log: number | null;
  /** A file that reading made beside it, and that goes when it is closed. */
  readonly #trace: string | null;
  #flushing: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;
  #failure: unknown;
  #isClosed = false;

  private constructor(database: DatabaseSync, log: number | null, trace: string | null = null) {
    this.#database = database;
    this.#trace = trace;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#log = log;
  }

  /**
   * Opens or makes the database, for this process alone.
   *
   * @throws WardError `HOME_LOCKED`, `HOME_INVALID`, `STORE_FULL`.
   */
  static async open({ path, versions }: DurableDatabaseOptions): Promise<DurableDatabase> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path);
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0');
      // FULL until the files are there: what makes them must be durable as well.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      database.exec('PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON');
      migrate(database, versions);
      database.exec('PRAGMA synchronous = NORMAL');
      syncFolder(dirname(path));
      return new DurableDatabase(database, openSync(`${path}-wal`, 'r+'));
    } catch (error) {
      database.close();
      throw storageError(error);
    }
  }

  /**
   * Opens what a process left that is gone, to look at it, and changes nothing on the disk. Whoever
   * calls holds the lock of the home.
   *
   * @returns Undefined where earlier software wrote it: a start brings its tables up to date.
   * @throws WardError `HOME_INVALID` where it is damaged, empty, gone, or of later software;
   * `STORE_FAILED`.
   */
  static openToRead({ path, versions }: DurableDatabaseOptions): DurableDatabase | undefined {
    if (!existsSync(path)) throw refuse('HOME_INVALID');
    const shared = `${path}-shm`;
    // What was written last may stand in the log alone; reading it takes an index of the log.
    const hasLog = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const trace = hasLog > 0 && !existsSync(shared) ? shared : null;
    const url = pathToFileURL(path);
    if (hasLog === 0) url.searchParams.set('immutable', '1');
    const database = new DatabaseSync(url, { readOnly: true });
    try {
      const { user_version: version } = versionOf(database);
      if (version === 0 || version > versions.length) throw refuse('HOME_INVALID');
      const { quick_check: found } = database.prepare('PRAGMA quick_check(1)').get() as {
        quick_check: string;
      };
      if (found !== 'ok') throw refuse('HOME_INVALID');
      if (version === versions.length) return new DurableDatabase(database, null, trace);
    } catch (error) {
      closeTraceless(database, trace);
      throw storageError(error);
    }
    closeTraceless(database, trace);
    return undefined;
  }

  /** A database that lasts as long as the process. */
  static inMemory(versions: readonly string[]): DurableDatabase {
    const database = new DatabaseSync(':memory:');
    migrate(database, versions);
    return new DurableDatabase(database, null);
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** Reads in one consistent view; what throws in it goes on. */
  read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(error);
    }
  }

  /**
   * Runs a transaction and resolves when it is durable. All of it applies, or, when `work` throws,
   * nothing. What it returns must not be acted on before.
   *
   * @throws WardError what `work` throws; `STORE_FULL`, `STORE_FAILED`.
   */
  async write<T>(work: () => T): Promise<T> {
    const result = this.#transact(work);
    if (this.#log !== null) await this.#flush();
    return result;
  }

  #transact<T>(work: () => T): T {
    // After a failed sync nobody knows what the disk has: only opening it anew tells.
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#begin.run();
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw storageError(error);
    }
  }

  /** Joins the sync that has not begun yet, or makes one behind the one that runs. */
  #flush(): Promise<void> {
    this.#waiting ??= this.#nextFlush();
    return this.#waiting;
  }

  async #nextFlush(): Promise<void> {
    await this.#flushing?.catch(() => undefined);
    this.#waiting = undefined;
    this.#flushing = sync(this.#log!).catch((error: unknown) => {
      this.#failure = storageError(error);
      throw this.#failure;
    });
    return this.#flushing;
  }

  /** Takes what was deleted out of the write-ahead log too: nothing of it is left on the disk. */
  forgetDeleted(): void {
    if (this.#log !== null) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Makes durable what was written and closes. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#log !== null) await this.#flush();
    closeTraceless(this.#database, this.#trace);
    if (this.#log !== null) closeSync(this.#log);
  }
}

function migrate(database: DatabaseSync, versions: readonly string[]): void {
  const row = versionOf(database);
  if (row.user_version > versions.length) throw refuse('HOME_INVALID');
  for (let version = row.user_version; version < versions.length; version++) {
    database.exec(`BEGIN; ${versions[version]}; PRAGMA user_version = ${version + 1}; COMMIT`);
  }
}

function versionOf(database: DatabaseSync): { readonly user_version: number } {
  return database.prepare('PRAGMA user_version').get() as { user_version: number };
}

function closeTraceless(database: DatabaseSync, trace: string | null): void {
  database.close();
  if (trace !== null) rmSync(trace, { force: true });
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A failure of disk or SQLite by its code; anything else as it is. */
export function storageError(error: unknown): unknown {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return refuse('STORE_FULL');
  if (code === 'EIO' || code === 'EROFS') return refuse('STORE_FAILED');
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return error;
  switch (errcode & PRIMARY_CODE) {
    case SQLITE_BUSY:
      // SQLite does not tell which one it is.
      return refuseProtocol('HOME_LOCKED', { process: 0 });
    case SQLITE_FULL:
      return refuse('STORE_FULL');
    case SQLITE_IO:
      return refuse('STORE_FAILED');
    case SQLITE_CORRUPT:
    case SQLITE_NOT_A_DATABASE:
      return refuse('HOME_INVALID');
    default:
      return error;
  }
}
