import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkFile } from '@ward/ledger/schema';
import { parseTrustRoot, type Word, word } from '@ward/protocol';
import { startFromRoot } from '@ward/sdk';
import { homeKind, type OpenHome, saveNetworkFile } from '@ward/sdk/node';
import { refuse } from '../errors.ts';
import { loadJsonFile, onFiles } from './files.ts';
import { onHome } from './open-session.ts';
import { many, optional, origin, text } from './parameters.ts';
import type { Session } from './session.ts';

/** Where the trust of a new home begins, for every command that makes one. */
export const TRUST_OPTIONS = {
  trustRoot: optional(text('WARD1:…', 'where trust begins: from an invitation or QR code')),
  fromNode: many(origin('a node to ask, where there is a trust root and no network file')),
};

/** As {@link TRUST_OPTIONS} were given. */
export interface TrustGiven {
  readonly trustRoot: string | undefined;
  readonly fromNode: readonly string[];
}

/**
 * Makes a home in an empty folder: the network file first, then the owner's keys.
 *
 * @param kind What lives in it, for the refusal.
 * @param open Opens it, which makes the keys.
 * @throws WardError `OWNER_HOME_TAKEN`, `FLAG_NEEDED`, `FILE_*`.
 */
export async function makeHome<W>(
  session: Session,
  { kind, trust }: { readonly kind: Word; readonly trust: TrustGiven },
  open: () => Promise<OpenHome<W>>,
): Promise<OpenHome<W>> {
  if (homeKind(session.home) !== undefined) throw refuse('OWNER_HOME_TAKEN', { kind });
  await putNetworkFile(session, trust);
  return onHome(open);
}

/**
 * Puts the network file into the home, unless it stands there already: a copy of the one that was
 * named, or what a trust root leads to.
 *
 * @throws WardError `TRUST_ROOT_*`, `HEADER_MISMATCH`, `FLAG_NEEDED`, `FLAGS_CONFLICT`, `FILE_*`.
 */
export async function putNetworkFile(session: Session, trust: TrustGiven): Promise<void> {
  const { home, networkPath } = session;
  const isThere = networkPath === undefined && existsSync(join(home, 'network.json'));
  if (trust.trustRoot === undefined) {
    if (isThere) return;
    const file = await loadNamed(session);
    onFiles(() => saveNetworkFile(home, file));
    return;
  }
  if (isThere) throw refuse('OWNER_HOME_TAKEN', { kind: word('network file') });
  const file = await networkFromRoot(session, trust.trustRoot, trust.fromNode);
  onFiles(() => saveNetworkFile(home, file));
}

/** The network file that a command line leads to, wherever it will stand. */
export async function findNetworkFile(session: Session, trust: TrustGiven): Promise<NetworkFile> {
  const { trustRoot, fromNode } = trust;
  if (trustRoot !== undefined) return networkFromRoot(session, trustRoot, fromNode);
  const own = join(session.home, 'network.json');
  if (session.networkPath === undefined && existsSync(own)) return loadJsonFile(own, NetworkFile);
  return loadNamed(session);
}

async function loadNamed({ networkPath, ask }: Session): Promise<NetworkFile> {
  const path = networkPath ?? (await ask.text('Network file', word('--network')));
  return loadJsonFile(path, NetworkFile);
}

function networkFromRoot(
  { networkPath, platform }: Session,
  line: string,
  nodes: readonly string[],
): Promise<NetworkFile> {
  const { crypto, transport: connect } = platform;
  const root = parseTrustRoot(line.trim(), crypto);
  const [first, ...more] = nodes;
  const ports = { connect, crypto };
  if (first !== undefined) {
    if (networkPath !== undefined) {
      throw refuse('FLAGS_CONFLICT', { flag: word('--from-node'), other: word('--network') });
    }
    return startFromRoot(root, { nodes: [first, ...more] }, ports);
  }
  if (networkPath === undefined) throw refuse('FLAG_NEEDED', { flag: word('--from-node') });
  return startFromRoot(root, { networkFile: loadJsonFile(networkPath, NetworkFile) }, ports);
}
