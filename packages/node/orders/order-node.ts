import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { FileStorage, LightBlockStore } from '@ward/engine';
import { StateMachine } from '@ward/ledger';
import type { Crypto, Height } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import { refuse } from '../errors.ts';
import { loadNodeHome } from '../home/node-home.ts';
import { ordersPath } from './node-orders.ts';

const ANSWER_BYTES_MAX = 4096;
const ALONE = 409;

/**
 * Has the node that runs on a home make a snapshot of its newest state now.
 *
 * @returns Height of the snapshot.
 * @throws WardError `NODE_NOT_RUNNING`, `NODE_WITHOUT_PEERS`, `ORDER_FAILED`.
 */
export async function orderSnapshot(home: string): Promise<Height> {
  const answer = await orderNode(home, '/snapshot');
  if (answer === undefined) throw refuse('NODE_NOT_RUNNING');
  return answer.height as Height;
}

/**
 * Drops blocks of a node: by the process that runs on the home, in the next moment when it has
 * nothing else to do, or here where none does. What is younger than four minutes stays.
 *
 * @param keptBlocks Newest blocks to keep.
 * @returns Height of the oldest block that is kept.
 * @throws WardError `ORDER_FAILED`, `HOME_LOCKED` where a process runs that takes no orders, and
 * what opening the ledger refuses.
 */
export async function pruneNode(options: {
  readonly home: string;
  readonly keptBlocks: number;
  readonly crypto: Crypto;
}): Promise<Height> {
  const { home, keptBlocks, crypto } = options;
  const { genesis } = await loadNodeHome(home);
  const answer = await orderNode(home, `/prune/${keptBlocks}`);
  if (answer !== undefined) return answer.oldest as Height;
  const lock = HomeLock.acquire(home);
  const storage = new FileStorage({ folder: join(home, 'ledger') });
  try {
    const machine = StateMachine.open({ storage, genesis, crypto });
    const oldest = machine.prune(machine.height - keptBlocks + 1);
    await storage.flush();
    dropHeaders(join(home, 'headers'), oldest, crypto);
    return oldest;
  } finally {
    await storage.close();
    lock.release();
  }
}

function dropHeaders(folder: string, oldest: Height, crypto: Crypto): void {
  if (!existsSync(folder)) return;
  const store = new LightBlockStore(folder, crypto);
  store.dropBefore(oldest);
  store.close();
}

/** @returns Undefined where no process takes orders. */
async function orderNode(
  home: string,
  path: string,
): Promise<{ readonly [name: string]: unknown } | undefined> {
  const socketPath = ordersPath(home);
  if (socketPath === undefined) return undefined;
  const sent = request({ socketPath, path, method: 'POST', agent: false });
  sent.end();
  let response: IncomingMessage;
  try {
    [response] = (await once(sent, 'response')) as [IncomingMessage];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw Object.assign(refuse('ORDER_FAILED'), { cause: error });
  }
  const body = await readBody(response);
  if (response.statusCode === ALONE) throw refuse('NODE_WITHOUT_PEERS');
  if (response.statusCode !== 200) throw refuse('ORDER_FAILED');
  return JSON.parse(body) as { readonly [name: string]: unknown };
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk as string;
    if (body.length > ANSWER_BYTES_MAX) throw refuse('ORDER_FAILED');
  }
  return body;
}
