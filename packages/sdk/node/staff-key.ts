import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Crypto,
  defineFormat,
  type Ed25519KeyPair,
  type FormatOf,
  field,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { loadJson } from './home-files.ts';

/**
 * The key with which a member of staff signs requests, as a file of their own. Where staff have
 * passkeys there is no such file.
 */
export const StaffKey = defineFormat('staff-key', 1, {
  name: field.text(128),
  role: field.text(64),
  seed: field.bytes(32),
});
export type StaffKey = FormatOf<typeof StaffKey>;

/** Folder of staff keys in an organisation's home. */
const STAFF_FOLDER = join('keys', 'staff');
const STAFF_KEYS_MAX = 10_000;

/** File of a member of staff: `keys/staff/dr-ada-example.json`. */
export function staffKeyPath(home: string, name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return join(home, STAFF_FOLDER, `${plain || 'staff'}.json`);
}

/** @throws WardError `STAFF_KEY_EXISTS`. */
export function saveStaffKey(home: string, key: StaffKey): string {
  const path = staffKeyPath(home, key.name);
  if (existsSync(path)) throw refuse('STAFF_KEY_EXISTS');
  mkdirSync(join(home, STAFF_FOLDER), { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify(StaffKey.toJson(key), null, 2)}\n`;
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  return path;
}

/** A staff key from its file. @throws WardError `FILE_MALFORMED`, `JSON_INVALID`, `HEX_INVALID`. */
export function loadStaffKey(path: string): StaffKey {
  return StaffKey.fromJson(loadJson(path));
}

/** All staff keys that lie in a home. */
export function listStaffKeys(home: string): StaffKey[] {
  const folder = join(home, STAFF_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .slice(0, STAFF_KEYS_MAX)
    .map((name) => loadStaffKey(join(folder, name)));
}

/** The key pair that a staff key stands for. */
export function staffKeyPair({ seed }: StaffKey, { ed25519 }: Crypto): Ed25519KeyPair {
  return ed25519.keyPair(seed);
}
