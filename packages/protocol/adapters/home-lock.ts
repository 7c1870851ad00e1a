import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { refuse } from '../errors/protocol-errors.ts';

const SQLITE_BUSY = 5;

/**
 * Keeps every other process out of a home. The lock is the operating system's, held through an
 * SQLite file in exclusive mode: Node offers no other, and this one works on Linux, macOS and
 * Windows, across containers that share a volume, and ends with the process however it ends.
 */
export class HomeLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * @param home Folder of a node, vault, custodian, wallet or key service; made if there is none.
   * @throws WardError `HOME_LOCKED`.
   */
  static acquire(home: string): HomeLock {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const holder = join(home, 'lock-holder');
    const database = new DatabaseSync(join(home, 'lock'));
    try {
      database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE');
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      throw refuse('HOME_LOCKED', { process: loadHolder(holder) });
    }
    try {
      writeFileSync(holder, String(process.pid));
    } catch {
      // On a full disk nobody is told who holds it; the lock holds all the same.
    }
    return new HomeLock(database);
  }

  release(): void {
    this.#database.close();
  }
}

/** Process that wrote its number last; 0 where it is not known. */
function loadHolder(path: string): number {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}
