import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NetworkFile } from '@ward/ledger/schema';
import { type Clock, type Crypto, hasCode, type Transport } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import { HomeFolder } from '@ward/server';
import { loadNodeHome, type NodeHome } from '../home/node-home.ts';

const NETWORK_FILE = 'network.json';

/** What the doctor asks of the world around the home. */
export interface Surroundings {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly connect: (origin: string) => Transport;
  readonly freeBytes: (folder: string) => Promise<number>;
  /** The pinned CometBFT, and one of another version that lies where it is looked for. */
  readonly engine: () => { readonly pinned?: string | undefined; readonly other?: string };
}

/** Somewhere that a process of this home is to listen. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
}

/** A node's home, with what stands around it. */
export interface ExaminedHome extends Surroundings {
  readonly home: string;
  readonly files: NodeHome;
  /** A process has it open: what only one may open is left alone. */
  readonly isRunning: boolean;
  /** Of the organisation's home around it; null where there is none. */
  readonly networkFile: NetworkFile | null;
  readonly listens: readonly ListenPlace[];
  /** Origins by which others know this node. */
  readonly ownOrigins: readonly string[];
}

export interface ExamineOptions extends Surroundings {
  /** Folder of the node. */
  readonly home: string;
  readonly listens: readonly ListenPlace[];
  /** What its settings say of how others reach it. */
  readonly ownOrigins: readonly string[];
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function readExaminedHome(options: ExamineOptions): Promise<ExaminedHome> {
  const { home } = options;
  const files = await loadNodeHome(home);
  const members = files.genesis.members.filter(
    ({ id }) => Buffer.compare(id, files.organisation) === 0,
  );
  const published = members.flatMap(({ organisation }) => organisation.endpoints.node ?? []);
  return {
    ...options,
    files,
    isRunning: isLocked(home),
    networkFile: await loadNetworkFile(home),
    ownOrigins: [...options.ownOrigins, ...published],
  };
}

/**
 * Whether a process has ever opened a home. Where none did there is no lock to hold, and none is
 * made: it would belong to whoever looks, and not to whoever starts.
 */
export function hasLock(home: string): boolean {
  return existsSync(join(home, 'lock'));
}

function isLocked(home: string): boolean {
  if (!hasLock(home)) return false;
  try {
    HomeLock.acquire(home).release();
    return false;
  } catch (error) {
    if (hasCode(error, 'HOME_LOCKED')) return true;
    throw error;
  }
}

/**
 * The network file of the organisation's home around a server's; null where there is none.
 *
 * @throws WardError `HOME_INVALID`.
 */
export async function loadNetworkFile(home: string): Promise<NetworkFile | null> {
  const folder = new HomeFolder(dirname(home));
  return folder.has(NETWORK_FILE) ? folder.readJson(NETWORK_FILE, NetworkFile) : null;
}
