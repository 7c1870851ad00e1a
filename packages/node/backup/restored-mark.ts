import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defineFormat, field } from '@ward/protocol';
import { HomeFolder } from '@ward/server';
import { refuse } from '../errors.ts';

/** Stands in a home that came out of a backup, until somebody answers for its key. */
const RESTORED_FILE = 'restored.json';
const RestoredMark = defineFormat('restored-home', 1, { takenOver: field.boolean() });

/** Marks a home as one that must not start. */
export async function markRestored(home: string): Promise<void> {
  await new HomeFolder(home).writeJson(RESTORED_FILE, RestoredMark, { takenOver: false });
}

export async function removeMark(home: string): Promise<void> {
  await rm(join(home, RESTORED_FILE), { force: true });
}

export function isMarkedRestored(home: string): boolean {
  return existsSync(join(home, RESTORED_FILE));
}

/**
 * A validator that came out of a backup could sign blocks that it has signed before, otherwise.
 *
 * @throws WardError `NODE_RESTORED`.
 */
export function checkTakenOver(home: string): void {
  if (isMarkedRestored(home)) throw refuse('NODE_RESTORED');
}
