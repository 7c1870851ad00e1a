import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk } from '@ward/engine';
import {
  ACCOUNT_ID_BYTES,
  defineFormat,
  encodeUtf8,
  type FormatOf,
  field,
  WardError,
} from '@ward/protocol';
import { refuse } from './errors.ts';

const OFFSET_MS_MAX = 100 * 366 * 86_400_000;
const FOLDER_BYTES_MAX = 64;
/** A folder of this folder, and never another one. */
const FOLDER_NAME = /^[a-z0-9][a-z0-9-]*$/;
const ORGANISATIONS_MAX = 100;
const portField = field.nullable(field.integer(1, 65_535));

/** What a sandbox remembers of itself, in `sandbox.json`. */
export const SandboxFile = defineFormat('sandbox-file', 1, {
  /** How far the time of the sandbox is from that of its machine. */
  clockOffsetMs: field.integer(-OFFSET_MS_MAX, OFFSET_MS_MAX),
  organisations: field.list(
    field.struct({
      folder: field.text(FOLDER_BYTES_MAX),
      id: field.bytes(ACCOUNT_ID_BYTES),
      /** Ports that stand in the genesis, and with them who runs what. */
      node: portField,
      vault: portField,
      custodian: portField,
      /** Where its node meets the others; null where one node has the ledger alone. */
      peer: field.later(field.integer(1, 65_535)),
    }),
    { min: 1, max: ORGANISATIONS_MAX },
  ),
});
export type SandboxFile = FormatOf<typeof SandboxFile>;
export type SandboxMember = SandboxFile['organisations'][number];

const FILE = 'sandbox.json';
/** Stands there as long as the folders are being made. */
const UNFINISHED = 'sandbox.unfinished';

/**
 * The sandbox of a folder; undefined for one that is empty, or whose making was broken off: what
 * was made is removed then.
 *
 * @throws WardError `SANDBOX_HOME_INVALID`.
 */
export function loadSandboxFile(home: string): SandboxFile | undefined {
  const path = join(home, FILE);
  if (existsSync(path)) return parseFile(readFileSync(path, 'utf8'));
  const names = nodeDisk.list(home);
  if (names.length > 0 && !names.includes(UNFINISHED)) throw refuse('SANDBOX_HOME_INVALID');
  for (const name of begunIn(home)) rmSync(join(home, name), { recursive: true, force: true });
  return undefined;
}

function parseFile(text: string): SandboxFile {
  try {
    const file = SandboxFile.fromJson(JSON.parse(text));
    const isOurs = file.organisations.every(({ folder }) => FOLDER_NAME.test(folder));
    if (!isOurs) throw refuse('SANDBOX_HOME_INVALID');
    return file;
  } catch (error) {
    const isDamaged = error instanceof WardError || error instanceof SyntaxError;
    throw isDamaged ? refuse('SANDBOX_HOME_INVALID') : error;
  }
}

/** Whether a folder holds a network of this machine. */
export function hasNetwork(home: string): boolean {
  return existsSync(join(home, FILE));
}

/** Marks a folder as one in which a sandbox is being made, of these organisations. */
export function beginSandbox(home: string, folders: readonly string[]): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, UNFINISHED), folders.join('\n'));
}

function begunIn(home: string): string[] {
  const path = join(home, UNFINISHED);
  const names = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return names.filter((name) => FOLDER_NAME.test(name));
}

/** Writes `sandbox.json`: from then on there is a sandbox. */
export function saveSandboxFile(home: string, file: SandboxFile): void {
  const text = `${JSON.stringify(SandboxFile.toJson(file), null, 2)}\n`;
  nodeDisk.replace(join(home, FILE), encodeUtf8(text));
  if (readdirSync(home).includes(UNFINISHED)) rmSync(join(home, UNFINISHED));
}
