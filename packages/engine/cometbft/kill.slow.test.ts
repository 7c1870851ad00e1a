import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import {
  parseTransaction,
  toHex,
  trustFirstBlock,
  verifyLightBlock,
  type WardError,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { type CometbftProcessOptions, openProcessHome } from '@ward/testkit/cometbft-process';
import { freeAddresses, isWithoutCometbft, ledgerOfNow } from '@ward/testkit/cometbft-stage';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterEach, describe, expect, it } from 'vitest';
import { IngressClient } from '../ingress-client.ts';

const crypto = await loadCrypto();
const ledger = ledgerOfNow(crypto);
const { genesis } = ledger;
const PROGRAM = createRequire(import.meta.url).resolve('@ward/testkit/cometbft-process');
const ROUNDS = 10;
/** Every so many rounds the process kills itself in the middle of an operation on the disk. */
const BY_DISK = 2;

const home = mkdtempSync(join(tmpdir(), 'ward-comet-kill-'));
const [peerAddress] = await freeAddresses(1);
let child: ChildProcess | undefined;
afterEach(async () => {
  child?.kill('SIGKILL');
  // The CometBFT of a killed process ends when it finds nobody at its socket.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 1000 });
});

/** Heights by id of what was acknowledged, and what was sent without an answer. */
const committed = new Map<string, number>();
let unknown: VerifiedTransaction[] = [];
let made = 0;

function make(): VerifiedTransaction {
  const address = crypto.sha256(Buffer.from(`kill ${made++}`));
  const message = { slots: [{ address, value: address }] };
  const now = Math.floor(Date.now() / 1000);
  return ledger.serviceTransaction(ledger.provider, WriteSlots, message, now);
}

async function sendTo(path: string): Promise<void> {
  const client = await IngressClient.connect({ path });
  const again = unknown;
  unknown = [];
  let isOpen = true;
  const send = async (): Promise<void> => {
    while (isOpen) {
      const transaction = again.pop() ?? make();
      try {
        const { height, refusal } = await client.submit(transaction.envelope);
        if (refusal === null || refusal === undefined) {
          committed.set(toHex(transaction.id), height!);
        } else expect(refusal.code).toMatch(/TRANSACTION_(REPLAYED|EXPIRED)/);
      } catch (error) {
        if ((error as WardError).code !== 'ENGINE_STOPPED') throw error;
        unknown.push(transaction);
        isOpen = false;
      }
    }
  };
  await Promise.all(Array.from({ length: 100 }, send));
  unknown.push(...again);
}

async function startProcess(killAt: number): Promise<string | undefined> {
  const options: CometbftProcessOptions = {
    ...{ home, time: genesis.time, peerAddress: peerAddress!, killAt },
  };
  child = fork(PROGRAM, [JSON.stringify(options)], { execArgv: [] });
  const died = once(child, 'exit').then(() => undefined);
  const ready = once(child, 'message').then(([message]) => (message as { path: string }).path);
  return Promise.race([ready, died]);
}

async function ended(): Promise<void> {
  if (child!.exitCode === null && child!.signalCode === null) await once(child!, 'exit');
  expect(child!.signalCode).toBe('SIGKILL');
}

/** Every block follows the one before, and holds what was told, once. */
async function check(): Promise<number> {
  const options = { home, time: genesis.time, peerAddress: peerAddress!, killAt: 0 };
  const { engine, machine, archive, stop } = await openProcessHome(options);
  const rules = { chain: genesis.chain, trustingPeriodSeconds: 3600, clockDriftSeconds: 10 };
  const now = Math.ceil(Date.now() / 1000);
  // It starts with the header of all that it had executed.
  const newest = engine.newest!.header.height;
  let trusted = trustFirstBlock(archive.lightBlock(1)!, genesis, rules, crypto);
  const places = new Map<string, number>();
  for (let height = 1; height <= newest; height++) {
    const block = archive.lightBlock(height)!;
    if (height > 1) trusted = verifyLightBlock({ trusted, block, now }, rules, crypto);
    const { transactions, results } = machine.block(height)!;
    for (const [i, envelope] of transactions.entries()) {
      if (results[i]!.code !== 0) continue;
      const id = toHex(parseTransaction(envelope, crypto).id);
      expect(places.has(id)).toBe(false);
      places.set(id, height);
    }
  }
  for (const [id, height] of committed) expect(places.get(id)).toBe(height);
  await stop();
  return places.size;
}

describe.skipIf(isWithoutCometbft)('a node on CometBFT that is killed', () => {
  it('loses nothing it acknowledged and does nothing twice, whenever that is', async () => {
    const random = seededRandom(20_261_122);
    for (let round = 1; round <= ROUNDS; round++) {
      const killAt = round % BY_DISK === 0 ? 3 + random.below(12) : 0;
      const path = await startProcess(killAt);
      if (path !== undefined) {
        const sending = sendTo(path).catch((error: NodeJS.ErrnoException) => {
          // It may die between telling its socket and the connection.
          if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') throw error;
        });
        await new Promise((resolve) => setTimeout(resolve, 200 + random.below(1500)));
        child!.kill('SIGKILL');
        await sending;
      }
      await ended();
    }
    expect(committed.size).toBeGreaterThan(200);
    expect(await check()).toBeGreaterThanOrEqual(committed.size);
  });
});
