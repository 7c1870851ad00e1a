import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { type Height, WardError, word } from '@ward/protocol';
import { type Log, silentLog } from '@ward/server';

/** What the operator of a node orders while it runs. */
export interface OrderedLedger {
  /** @returns Height of the oldest block that is kept. */
  prune(keptBlocks: number): Promise<Height>;
  /** @returns Height of the snapshot. */
  makeSnapshot(): Promise<Height>;
}

/** Longest path of a unix socket that every system takes. */
const PATH_MAX = 100;
const OWNER_ONLY = 0o600;
const COUNT = /^[1-9][0-9]{0,14}$/;

/** Where a node that runs takes orders; undefined where the path of its home is too long. */
export function ordersPath(home: string): string | undefined {
  const path = join(home, 'orders');
  return path.length > PATH_MAX ? undefined : path;
}

/**
 * A unix socket in the home of a node, for whoever owns the home: `POST /snapshot`, and
 * `POST /prune/<blocks to keep>`. The operator's door does not do, for it may be on a network.
 *
 * @returns Ends it.
 */
export async function takeOrders(
  home: string,
  ledger: OrderedLedger,
  log: Log = silentLog,
): Promise<() => Promise<void>> {
  const path = ordersPath(home);
  if (path === undefined) {
    log.warn(word('no-orders'), {});
    return async () => undefined;
  }
  const server = createServer((request, response) => {
    execute(`${request.method} ${request.url}`, ledger).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  rmSync(path, { force: true });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, OWNER_ONLY);
  return () => close(server);
}

async function execute(order: string, ledger: OrderedLedger) {
  try {
    const body = await bodyOf(order, ledger);
    return body === undefined ? { status: 404, body: {} } : { status: 200, body };
  } catch (error) {
    if (!(error instanceof WardError)) return { status: 500, body: {} };
    return { status: error.kind.status, body: { code: error.code } };
  }
}

async function bodyOf(order: string, ledger: OrderedLedger): Promise<object | undefined> {
  if (order === 'POST /snapshot') return { height: await ledger.makeSnapshot() };
  const kept = order.startsWith('POST /prune/') ? order.slice('POST /prune/'.length) : '';
  return COUNT.test(kept) ? { oldest: await ledger.prune(Number(kept)) } : undefined;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
