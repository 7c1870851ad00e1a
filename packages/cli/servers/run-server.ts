import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ServerRun } from '../frame/platform.ts';

const ENTRIES = {
  node: import.meta.resolve('@ward/node/main'),
  vault: import.meta.resolve('@ward/vault/main'),
  custodian: import.meta.resolve('@ward/custodian/main'),
  witness: import.meta.resolve('@ward/server/witness/main'),
};

interface Ready {
  readonly kind: string;
  readonly origin: string;
  readonly opsOrigin: string | null;
}

/**
 * Runs a server's own program. It ends with this process, whatever becomes of it: the channel
 * between the two closes.
 *
 * @returns Its exit status.
 */
export async function runServer({ kind, flags, onReady }: ServerRun): Promise<number> {
  const child = fork(fileURLToPath(ENTRIES[kind]), flags, {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A group of its own: Ctrl-C reaches this process alone, which hands one signal on.
    detached: process.platform !== 'win32',
  });
  child.once('message', (message) => {
    const news = message as Ready;
    if (news.kind === 'ready') onReady(news);
  });
  const end = () => child.kill('SIGTERM');
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}
