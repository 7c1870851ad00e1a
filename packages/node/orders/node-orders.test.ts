import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { MovedClock } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNode } from '../create-node.ts';
import { refuse } from '../errors.ts';
import { nodeInit } from '../home/node-home.ts';
import { type OrderedLedger, ordersPath, takeOrders } from './node-orders.ts';
import { orderSnapshot, pruneNode } from './order-node.ts';

const crypto = await loadCrypto();
const { provider, genesis, validatorSeed } = new TestLedger(crypto);
const clock = new MovedClock({ nowMs: () => Date.now() }, (TEST_TIME + 9) * 1000 - Date.now());

let home: string;
let end: (() => Promise<void>) | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-orders-'));
});
afterEach(async () => {
  await end?.();
  end = undefined;
  rmSync(home, { recursive: true });
});

async function start() {
  const node = await createNode({ home, clock, crypto, workers: 1 });
  end = () => node.close();
  return node;
}

async function makeBlocks({ nextBlock }: { nextBlock(): Promise<unknown> }): Promise<void> {
  for (let i = 0; i < 20; i++) {
    clock.offsetMs += 60_000;
    await nextBlock();
  }
}

describe('what an operator orders of a node', () => {
  it('is pruning, while it runs and while it does not', async () => {
    const serviceSeed = provider.service.secretKey.slice(0, 32);
    const own = { organisation: provider.id, genesis, validatorSeed, serviceSeed, peering: null };
    await nodeInit(own, home, crypto);
    const node = await start();
    await makeBlocks(node);
    const pruned = pruneNode({ home, keptBlocks: 6, crypto });
    for (let i = 0; i < 3; i++) await node.nextBlock();
    const oldest = await pruned;
    expect(oldest).toBeGreaterThan(10);
    expect(await codeOfAsync(() => orderSnapshot(home))).toBe('NODE_WITHOUT_PEERS');
    await makeBlocks(node);
    await node.close();
    expect(await codeOfAsync(() => orderSnapshot(home))).toBe('NODE_NOT_RUNNING');
    expect(await pruneNode({ home, keptBlocks: 6, crypto })).toBeGreaterThan(oldest + 10);
    await start();
  });

  it('is a snapshot, of a node with peers', async () => {
    end = await takeOrders(home, { prune: async (kept) => kept, makeSnapshot: async () => 7 });
    expect(await orderSnapshot(home)).toBe(7);
  });

  it("comes by a socket that is its owner's alone, and is gone with it", async () => {
    end = await takeOrders(home, { prune: async (kept) => kept, makeSnapshot: async () => 1 });
    const path = ordersPath(home)!;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await end();
    end = undefined;
    expect(existsSync(path)).toBe(false);
  });

  it('is refused with a code, and fails without a word of why', async () => {
    const failing: OrderedLedger = {
      prune: () => Promise.reject(new Error('a secret')),
      makeSnapshot: () => Promise.reject(refuse('ORDER_FAILED')),
    };
    end = await takeOrders(home, failing);
    expect(await ask('POST', '/prune/5')).toEqual([500, '{}']);
    expect(await ask('POST', '/snapshot')).toEqual([500, '{"code":"ORDER_FAILED"}']);
    expect(await codeOfAsync(() => orderSnapshot(home))).toBe('ORDER_FAILED');
    const unknown = [
      ['GET', '/snapshot'],
      ['POST', '/'],
      ['POST', '/prune/0'],
      ['POST', '/prune/'],
      ['POST', '/prune/1e3'],
      ['POST', `/prune/${'9'.repeat(16)}`],
    ] as const;
    for (const [method, path] of unknown) expect(await ask(method, path)).toEqual([404, '{}']);
  });

  it('is nothing where the path of the home is too long for a socket', async () => {
    const far = join(home, 'x'.repeat(100));
    end = await takeOrders(far, { prune: async (kept) => kept, makeSnapshot: async () => 1 });
    expect(await codeOfAsync(() => orderSnapshot(far))).toBe('NODE_NOT_RUNNING');
  });
});

function ask(method: string, path: string): Promise<[status: number, body: string]> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: ordersPath(home), path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve([response.statusCode!, body]));
    });
    sent.on('error', reject).end();
  });
}
