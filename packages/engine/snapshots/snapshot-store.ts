import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SNAPSHOT_LIMITS, Snapshot } from '@ward/ledger';
import {
  blockHeaderFields,
  type Crypto,
  concatBytes,
  DIGEST_BYTES,
  defineFormat,
  equalBytes,
  type FormatOf,
  field,
  type Height,
} from '@ward/protocol';

/** A snapshot as it is offered: with the header of its block, which binds the block's time. */
export const OfferedSnapshot = defineFormat('offered-snapshot', 1, {
  snapshot: Snapshot.schema,
  header: field.struct(blockHeaderFields),
});
export type OfferedSnapshot = FormatOf<typeof OfferedSnapshot>;

/** What stands beside the chunks of a snapshot that is whole. */
const StoredSnapshot = defineFormat('stored-snapshot', 1, {
  offered: OfferedSnapshot.schema,
  digests: field.list(field.bytes(DIGEST_BYTES), { min: 1, max: 2 * SNAPSHOT_LIMITS.chunksMax }),
});
type StoredSnapshot = FormatOf<typeof StoredSnapshot>;

export interface ListedSnapshot extends OfferedSnapshot {
  readonly chunks: number;
  /** SHA-256 over the digests of all chunks, one behind the other. */
  readonly hash: Uint8Array;
}

const WHOLE = 'snapshot';
const OWNER_ONLY = 0o600;
const HEIGHT_NAME = /^[1-9][0-9]{0,15}$/;

/**
 * Snapshots in a folder, each in one of its own: chunks by their number, and `snapshot` when all of
 * them are there. They can be made again, so nothing is synced: digests tell what can be used.
 */
export class SnapshotStore {
  readonly #folder: string;
  readonly #crypto: Crypto;
  readonly #whole = new Map<Height, StoredSnapshot>();

  /** @param folder Made where there is none; what was not finished in it is removed. */
  constructor(folder: string, crypto: Crypto) {
    this.#folder = folder;
    this.#crypto = crypto;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const stored = loadStored(folder, name);
      if (stored === undefined) rmSync(join(folder, name), { recursive: true });
      else this.#whole.set(Number(name), stored);
    }
  }

  #folderOf(height: Height): string {
    return join(this.#folder, String(height));
  }

  #chunkPath(height: Height, chunk: number): string {
    return join(this.#folderOf(height), `chunk-${String(chunk).padStart(6, '0')}`);
  }

  /** Those that are whole, the newest first. */
  list(): ListedSnapshot[] {
    return listed(this.#whole.values(), this.#crypto);
  }

  /** A place for a new one; what stood at the height is removed. */
  begin(height: Height): SnapshotWriter {
    this.remove(height);
    mkdirSync(this.#folderOf(height), { mode: 0o700 });
    const digests: Uint8Array[] = [];
    return {
      add: (chunk) => {
        writeFileSync(this.#chunkPath(height, digests.length), chunk, { mode: OWNER_ONLY });
        digests.push(this.#crypto.sha256(chunk));
      },
      finish: (offered) => {
        const stored = { offered, digests };
        const path = join(this.#folderOf(height), WHOLE);
        writeFileSync(`${path}.new`, StoredSnapshot.encode(stored), { mode: OWNER_ONLY });
        renameSync(`${path}.new`, path);
        this.#whole.set(height, stored);
      },
    };
  }

  /** A chunk; undefined where it is not there, or not what was written: then none of it is used. */
  chunk(height: Height, number: number): Uint8Array | undefined {
    const digest = this.#whole.get(height)?.digests[number];
    if (digest === undefined) return undefined;
    try {
      const bytes = readFileSync(this.#chunkPath(height, number));
      if (equalBytes(this.#crypto.sha256(bytes), digest)) return bytes;
    } catch {
      // A file that is gone is as good as one that rotted.
    }
    this.remove(height);
    return undefined;
  }

  remove(height: Height): void {
    this.#whole.delete(height);
    rmSync(this.#folderOf(height), { recursive: true, force: true });
  }

  /** Removes all but the newest ones. */
  keep(count: number): void {
    for (const { snapshot } of this.list().slice(count)) this.remove(snapshot.height);
  }
}

/** Snapshots in the folder of a node that may be running, the newest first. */
export function listSnapshots(folder: string, crypto: Crypto): ListedSnapshot[] {
  if (!existsSync(folder)) return [];
  const stored = readdirSync(folder).flatMap((name) => loadStored(folder, name) ?? []);
  return listed(stored, crypto);
}

function listed(stored: Iterable<StoredSnapshot>, crypto: Crypto): ListedSnapshot[] {
  const all = [...stored].map(({ offered, digests }) => {
    const hash = crypto.sha256(concatBytes(...digests));
    return { ...offered, chunks: digests.length, hash };
  });
  return all.sort((a, b) => b.snapshot.height - a.snapshot.height);
}

/** Undefined for what is no snapshot, or not whole. */
function loadStored(folder: string, name: string): StoredSnapshot | undefined {
  if (!HEIGHT_NAME.test(name)) return undefined;
  try {
    return StoredSnapshot.decode(readFileSync(join(folder, name, WHOLE)));
  } catch {
    return undefined;
  }
}

/** Takes the chunks of one snapshot, in their order. */
export interface SnapshotWriter {
  add(chunk: Uint8Array): void;
  /** From here on it is there. */
  finish(offered: OfferedSnapshot): void;
}
