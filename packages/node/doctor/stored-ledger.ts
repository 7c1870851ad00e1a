import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Disk, type DiskFile, FileSigningGuard, FileStorage } from '@ward/engine';
import { StateMachine } from '@ward/ledger';
import { type Height, hasCode, type Seconds } from '@ward/protocol';
import type { ExaminedHome } from './examined-home.ts';

/** What was read of a ledger on the disk. */
export interface StoredLedger {
  readonly height: Height;
  /** Time of the newest block, or of the genesis. */
  readonly time: Seconds;
  /** Height that the validator signed last; 0 before it signed, or where CometBFT keeps it. */
  readonly signedHeight: Height;
  /** Why this software does not execute the next block; undefined where it does. */
  readonly refusedRelease: unknown;
}

/**
 * Opens the ledger of a home as a start would, and changes nothing on the disk.
 *
 * @returns Undefined where the node never ran.
 * @throws WardError what a start would refuse.
 */
export async function readStoredLedger(examined: ExaminedHome): Promise<StoredLedger | undefined> {
  const { home, files, crypto } = examined;
  const folder = join(home, 'ledger');
  if (!existsSync(folder)) return undefined;
  const storage = new FileStorage({ folder, disk: readingDisk });
  try {
    const machine = StateMachine.open({ storage, genesis: files.genesis, crypto });
    const { height, time } = machine;
    return { height, time, signedHeight: signedHeight(home), refusedRelease: tryNext(machine) };
  } finally {
    await storage.close();
  }
}

/** Executes an empty block, which nobody commits: what refuses another release says so. */
function tryNext(machine: StateMachine): unknown {
  try {
    machine.execute({ height: machine.height + 1, time: machine.time + 1, transactions: [] });
    return undefined;
  } catch (error) {
    if (hasCode(error, 'UPGRADE_NEEDED') || hasCode(error, 'UPGRADE_EARLY')) return error;
    throw error;
  }
}

function signedHeight(home: string): Height {
  const path = join(home, 'validator-state');
  if (!existsSync(path)) return 0;
  const guard = new FileSigningGuard(path, readingDisk);
  guard.close();
  return guard.last?.height ?? 0;
}

/** A file that is read; where it is cut, only this reader sees less of it. */
class ReadFile implements DiskFile {
  readonly #fd: number;
  #sizeBytes: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.length) {
      const count = readSync(this.#fd, target, done, target.length - done, position + done);
      if (count === 0) throw new Error('a read behind the end of a file');
      done += count;
    }
  }

  write(): Promise<void> {
    return Promise.reject(new Error('a disk that is only read'));
  }

  async sync(): Promise<void> {}

  syncNow(): void {}

  truncate(sizeBytes: number): void {
    this.#sizeBytes = Math.min(this.#sizeBytes, sizeBytes);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A disk that nothing is written to. */
const readingDisk: Disk = {
  list: (folder) => readdirSync(folder),
  open: (path) => new ReadFile(path),
  load: (path) => (existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined),
  replace() {},
  remove() {},
  syncFolder() {},
};
