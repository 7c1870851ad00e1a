import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkFile } from '@ward/ledger/schema';
import { type Word, word } from '@ward/protocol';
import { homeKind, type OpenHome, saveNetworkFile } from '@ward/sdk/node';
import { refuse } from '../errors.ts';
import { loadJsonFile, onFiles } from './files.ts';
import { onHome } from './open-session.ts';
import type { Session } from './session.ts';

/**
 * Makes a home in an empty folder: the network file first, then the owner's keys.
 *
 * @param kind What lives in it, for the refusal.
 * @param open Opens it, which makes the keys.
 * @throws WardError `OWNER_HOME_TAKEN`, `FLAG_NEEDED`, `FILE_*`.
 */
export async function makeHome<W>(
  session: Session,
  kind: Word,
  open: () => Promise<OpenHome<W>>,
): Promise<OpenHome<W>> {
  if (homeKind(session.home) !== undefined) throw refuse('OWNER_HOME_TAKEN', { kind });
  await putNetworkFile(session);
  return onHome(open);
}

/** Copies the network file into the home, unless it stands there already. */
export async function putNetworkFile({ home, networkPath, ask }: Session): Promise<void> {
  if (networkPath === undefined && existsSync(join(home, 'network.json'))) return;
  const path = networkPath ?? (await ask.text('Network file', word('--network')));
  const file = loadJsonFile(path, NetworkFile);
  onFiles(() => saveNetworkFile(home, file));
}
