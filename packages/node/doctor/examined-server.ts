import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkFile } from '@ward/ledger/schema';
import { type AccountId, hasCode, type TrustedBlock, WardError } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import { TrustedBlockFile } from '@ward/server';
import { hasLock, type ListenPlace, loadNetworkFile, type Surroundings } from './examined-home.ts';
import type { Finding } from './finding.ts';

export interface ExamineServerOptions extends Omit<Surroundings, 'engine'> {
  /** Folder of the vault or custodian. */
  readonly home: string;
  readonly listens: readonly ListenPlace[];
  /** Nodes that are not asked: that they are stopped is known. */
  readonly ownOrigins: readonly string[];
}

/** The home of a vault or custodian, with what stands around it. */
export interface ExaminedServer extends ExamineServerOptions {
  readonly kind: 'vault' | 'custodian';
  readonly organisation: AccountId;
  /** Account whose service key it signs with. */
  readonly account: AccountId;
  readonly networkFile: NetworkFile;
  /** Of the organisation's home around it; null where there is none. */
  readonly aroundFile: NetworkFile | null;
  /** The newest block that it believed; null where there is none, undefined where unreadable. */
  readonly trusted: TrustedBlock | null | undefined;
  readonly isRunning: boolean;
}

type Known = Pick<ExaminedServer, 'kind' | 'organisation' | 'account' | 'networkFile'>;

/**
 * What a home says of its server, or that it cannot be read.
 *
 * @param file The file that makes it such a home.
 * @throws WardError `HOME_MISSING` where there is none.
 */
export async function tryToLoad<T extends object>(
  { home, file }: { readonly home: string; readonly file: string },
  load: () => Promise<T>,
): Promise<T | Finding> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof WardError) || !existsSync(join(home, file))) throw error;
    return {
      fault: 'corrupted-store',
      what: `${file} or network.json cannot be read: ${error.code}.`,
      why: 'Without them it does not know whose it is, nor which network, and cannot start.',
      next: 'Look at the disk, then bring both files back from a backup, and examine it again.',
    };
  }
}

/** Reads what both kinds of homes have. */
export async function readExaminedServer(
  options: ExamineServerOptions,
  known: Known & { readonly isRunning: boolean },
): Promise<ExaminedServer> {
  const { home, crypto } = options;
  const path = join(home, 'trusted-block');
  const trusted = existsSync(path) ? await new TrustedBlockFile(path, crypto).load() : null;
  const aroundFile = await loadNetworkFile(home);
  return { ...options, ...known, trusted, aroundFile };
}

/**
 * Does what needs the home to be nobody else's: undefined where a process has it. Meanwhile none
 * can start there.
 */
export async function whileStopped<T>(
  home: string,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  if (!hasLock(home)) return { value: await work() };
  const lock = tryLock(home);
  if (lock === undefined) return undefined;
  try {
    return { value: await work() };
  } finally {
    lock.release();
  }
}

function tryLock(home: string): HomeLock | undefined {
  try {
    return HomeLock.acquire(home);
  } catch (error) {
    if (hasCode(error, 'HOME_LOCKED')) return undefined;
    throw error;
  }
}
