import { createWriteStream, existsSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { refuseServer } from '@ward/server';
import { Encrypter } from 'age-encryption';
import { refuse } from '../errors.ts';
import { FIRST_STATE, PREDECESSOR } from '../home/home-names.ts';
import { type BackupEntry, encodeEntries, isBackedUp } from './backup-entries.ts';

export interface BackupOptions {
  /** Folder of the node, which may be running. */
  readonly home: string;
  /** File to write; there must be none of this name. */
  readonly to: string;
  readonly passphrase: string;
}

/** Pruning may remove a file between its name and its bytes: then all is looked at once more. */
const TRIES_MAX = 10;
const PIECE_BYTES = 1024 * 1024;
const OWNER_ONLY = 0o600;

interface OpenFile {
  readonly name: string;
  readonly file: FileHandle;
  readonly sizeBytes: number;
}

/**
 * Writes what a node is and its whole ledger into one age file (age-encryption.org, scrypt
 * recipient), from which `restoreHome` makes the node again. The ledger's files only grow: of a
 * node that runs it is what was there when the backup began, and a block that was half written is
 * cut off when it is opened. What the validator signed last is not in it, on purpose.
 *
 * @throws WardError `HOME_MISSING`, `BACKUP_TAKEN`.
 */
export async function backUpHome({ home, to, passphrase }: BackupOptions) {
  if (existsSync(to)) throw refuse('BACKUP_TAKEN');
  const files = await openAll(home);
  const unfinished = `${to}.part`;
  try {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase);
    const plain = ReadableStream.from(encodeEntries(files.map(entryOf)));
    const sealed = (await encrypter.encrypt(plain)) as NodeStream;
    const target = createWriteStream(unfinished, { flags: 'w', mode: OWNER_ONLY, flush: true });
    await pipeline(Readable.fromWeb(sealed), target);
    await rename(unfinished, to);
  } finally {
    await Promise.all(files.map(({ file }) => file.close()));
    await rm(unfinished, { force: true });
  }
  return { files: files.length, sizeBytes: files.reduce((sum, one) => sum + one.sizeBytes, 0) };
}

async function openAll(home: string): Promise<OpenFile[]> {
  if (!existsSync(join(home, 'node.json'))) throw refuseServer('HOME_MISSING');
  for (let tried = 1; ; tried++) {
    const opened: OpenFile[] = [];
    try {
      // Indexes before what they index, the head of the log behind its segments: what is written
      // meanwhile is more than is named, never less.
      for (const name of await namesIn(home)) {
        const file = await open(join(home, name));
        opened.push({ name, file, sizeBytes: (await file.stat()).size });
      }
      return opened;
    } catch (error) {
      await Promise.all(opened.map(({ file }) => file.close()));
      const isGone = (error as { readonly code?: unknown }).code === 'ENOENT';
      if (!isGone || tried === TRIES_MAX) throw error;
    }
  }
}

async function namesIn(home: string): Promise<string[]> {
  const own = await readdir(home);
  const ledger = await namesUnder(home, 'ledger');
  const segments = ledger.filter((name) => name !== 'ledger/head');
  const head = ledger.filter((name) => name === 'ledger/head');
  const headers = await namesUnder(home, 'headers');
  const before = await namesOfBeginning(home);
  return [...own, ...segments, ...head, ...headers, ...before].filter(isBackedUp);
}

/** What a ledger has that continues another one; none of it changes any more. */
async function namesOfBeginning(home: string): Promise<string[]> {
  const states = await namesUnder(home, `${FIRST_STATE}/snapshots`);
  const folders = [FIRST_STATE, ...states, PREDECESSOR, `${PREDECESSOR}/ledger`];
  return (await Promise.all(folders.map((folder) => namesUnder(home, folder)))).flat();
}

async function namesUnder(home: string, folder: string): Promise<string[]> {
  if (!existsSync(join(home, folder))) return [];
  return (await readdir(join(home, folder))).sort().map((name) => `${folder}/${name}`);
}

function entryOf({ name, file, sizeBytes }: OpenFile): BackupEntry {
  return { name, sizeBytes, content: contentOf(file, sizeBytes) };
}

async function* contentOf(file: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes; ) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, sizeBytes - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error('a file became shorter while it was read');
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
