import { createReadStream, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { type Crypto, WardError } from '@ward/protocol';
import { refuseServer } from '@ward/server';
import { Decrypter } from 'age-encryption';
import { refuse } from '../errors.ts';
import { loadNodeHome } from '../home/node-home.ts';
import { type BackupEntry, parseEntries } from './backup-entries.ts';
import { type InspectedLedger, inspectLedger } from './inspect-ledger.ts';
import { markRestored } from './restored-mark.ts';

export interface RestoreOptions {
  /** The backup. */
  readonly file: string;
  /** Folder to make the node in: there is none, or it is empty. */
  readonly home: string;
  readonly passphrase: string;
  readonly crypto: Crypto;
}

/** Where the ledger of a node with peers is put: such a node takes its blocks from them. */
export const COPY_FOLDER = 'copy';

/**
 * Makes a node again from a backup. It does not start before `takeOver` was told that the old one
 * is gone: two nodes with one key could sign two blocks of one height.
 *
 * @returns What the ledger holds, proved by the headers that its validators signed.
 * @throws WardError `HOME_TAKEN`, `NODE_BACKUP_INVALID`, `HOME_INVALID`, and what opening a ledger
 * refuses.
 */
export async function restoreHome(options: RestoreOptions): Promise<InspectedLedger> {
  const { file, home, passphrase, crypto } = options;
  if (existsSync(home) && readdirSync(home).length > 0) throw refuseServer('HOME_TAKEN');
  await access(file);
  await mkdir(home, { recursive: true, mode: 0o700 });
  try {
    // First: a home that is only half there is not started either.
    await markRestored(home);
    await writeAll(home, await opened(file, passphrase));
    const own = await loadNodeHome(home);
    const folder = own.peering === null ? home : join(home, COPY_FOLDER);
    if (own.peering !== null) await moveAside(home);
    return await inspectLedger(folder, own.genesis, crypto);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Restores a backup in a folder of its own, opens the ledger, and removes it again.
 *
 * @throws WardError as {@link restoreHome}.
 */
export async function rehearseRestore(
  options: Omit<RestoreOptions, 'home'>,
): Promise<InspectedLedger> {
  const folder = mkdtempSync(join(tmpdir(), 'ward-rehearsal-'));
  try {
    return await restoreHome({ ...options, home: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function opened(file: string, passphrase: string): Promise<AsyncIterable<Uint8Array>> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    const sealed = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
    return (await decrypter.decrypt(sealed)) as unknown as AsyncIterable<Uint8Array>;
  } catch {
    throw refuse('NODE_BACKUP_INVALID');
  }
}

async function writeAll(home: string, plain: AsyncIterable<Uint8Array>): Promise<void> {
  const written = new Set<string>();
  try {
    for await (const entry of parseEntries(plain)) {
      if (written.has(entry.name)) throw refuse('NODE_BACKUP_INVALID');
      written.add(entry.name);
      await writeEntry(home, entry);
    }
  } catch (error) {
    const isOfDisk = (error as { readonly syscall?: unknown }).syscall !== undefined;
    throw isOfDisk || error instanceof WardError ? error : refuse('NODE_BACKUP_INVALID');
  }
  if (!written.has('node.json')) throw refuse('NODE_BACKUP_INVALID');
}

async function writeEntry(home: string, { name, content }: BackupEntry): Promise<void> {
  const path = join(home, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of content) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function moveAside(home: string): Promise<void> {
  await mkdir(join(home, COPY_FOLDER), { mode: 0o700 });
  for (const folder of ['ledger', 'headers']) {
    if (!existsSync(join(home, folder))) continue;
    await rename(join(home, folder), join(home, COPY_FOLDER, folder));
  }
}
