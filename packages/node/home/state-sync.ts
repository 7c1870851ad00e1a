import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StateSync } from '@ward/engine';
import { DIGEST_BYTES, defineFormat, field, type Height, type Seconds } from '@ward/protocol';
import { HomeFolder } from '@ward/server';

const FILE = 'state-sync.json';
const SERVER_BYTES_MAX = 300;
const SERVERS_MAX = 20;

/** What stands in `state-sync.json`. */
const StateSyncFile = defineFormat('state-sync', 1, {
  height: field.integer<Height>(1),
  hash: field.bytes(DIGEST_BYTES),
  trustSeconds: field.integer<Seconds>(1),
  servers: field.list(field.text(SERVER_BYTES_MAX), { min: 2, max: SERVERS_MAX }),
});

/** Has a node that has no block yet begin with a snapshot of others. */
export async function saveStateSync(home: string, sync: StateSync): Promise<void> {
  const servers = [...sync.servers];
  await new HomeFolder(home).writeJson(FILE, StateSyncFile, { ...sync, servers });
}

/** @throws WardError `HOME_INVALID`. */
export async function loadStateSync(home: string): Promise<StateSync | undefined> {
  const folder = new HomeFolder(home);
  return folder.has(FILE) ? folder.readJson(FILE, StateSyncFile) : undefined;
}

/** The node has a block: from now on it is one like the others. */
export function endStateSync(home: string): void {
  rmSync(join(home, FILE), { force: true });
}
