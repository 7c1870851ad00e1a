import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCosignedHead, NetworkFile } from '@ward/ledger/schema';
import { callEndpoint, parseCheckpoint, parseNote, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NEXT_CHAIN, PromotedLedger } from '@ward/testkit/promoted-ledger';
import { TEST_CHAIN, TEST_TIME } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HomeFolder } from '../storage/home-folder.ts';
import { silentLog } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { createWitness } from '../witness/create-witness.ts';
import { LedgerFollower } from './ledger-follower.ts';

const crypto = await loadCrypto();

let home: string;
let clock: { ms: number; nowMs: () => number };
let promoted: PromotedLedger;
/** What stands at the address of the clinic's node. */
let node: Transport;
let said: string[];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ward-crossing-'));
  clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
  promoted = await PromotedLedger.start(clock, crypto);
  await promoted.block();
  node = promoted.node.transport;
  said = [];
});
afterEach(async () => {
  await promoted.node.stop();
  rmSync(home, { recursive: true });
});

const connect = (origin: string): Transport => ({
  name: origin,
  send: (request, options) =>
    origin === 'memory://node'
      ? node.send(request, options)
      : Promise.reject(new Error('connection refused')),
});

function follow(networkFile: NetworkFile): Promise<LedgerFollower> {
  const log = { ...silentLog, warn: (event: string) => void said.push(event) };
  return LedgerFollower.start({
    ...{ networkFile, connect, clock, crypto, log, metrics: new Metrics() },
    ...{ trustFile: join(home, 'trusted-block'), everyMs: 20 },
  });
}

const kept = () => new HomeFolder(home).readJson('network.json', NetworkFile);

async function promote(): Promise<void> {
  await promoted.promote();
  clock.ms += 3000;
  node = promoted.nextNode('memory://node');
}

describe('a server whose ledger is promoted', () => {
  it('goes over while it runs, and keeps the new network file beside the old one', async () => {
    const { networkFile } = promoted.node;
    const follower = await follow(networkFile);
    await promote();
    await vi.waitFor(() => expect(follower.height).toBe(promoted.nextHeight), { timeout: 5000 });
    await vi.waitFor(async () => expect((await kept()).genesis.chain).toBe(NEXT_CHAIN));
    await follower.close();
    expect(said).toEqual(['ledger-promoted']);
    const { height } = promoted.answer!.last.header;
    const old = await new HomeFolder(home).readJson(`network.until-${height}.json`, NetworkFile);
    expect(old).toEqual(networkFile);
    const again = await follow(await kept());
    expect(again.height).toBe(promoted.nextHeight);
    await again.close();
    expect(said).toEqual(['ledger-promoted']);
  });

  it('goes over when it comes back, though it was away when it happened', async () => {
    const { networkFile } = promoted.node;
    await (await follow(networkFile)).close();
    await promote();
    const follower = await follow(networkFile);
    expect(follower.ledger.rules.chain).toBe(NEXT_CHAIN);
    await follower.close();
    expect((await kept()).nodes).toEqual(['memory://node', 'memory://came']);
  });

  it('does not when what it believed last does not lead there', async () => {
    const { networkFile } = promoted.node;
    await (await follow(networkFile)).close();
    await promoted.promote({ named: new Uint8Array(32) });
    clock.ms += 3000;
    node = promoted.nextNode('memory://node');
    const follower = await follow(networkFile);
    expect(follower.ledger.rules.chain).toBe(TEST_CHAIN);
    expect(said).toEqual(['node-lied']);
    await follower.close();
    await expect(kept()).rejects.toThrow();
  });
});

describe('a witness of a ledger that is promoted', () => {
  it('cosigns the heads of the chain that goes on as a line of their own', async () => {
    const { networkFile } = promoted.node;
    const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(3));
    const own = { home, name: 'w', keyPair, networkFile, connect, clock, crypto, everyMs: 20 };
    const witness = await createWitness(own);
    const origin = async () => {
      const call = { params: {}, query: {}, body: null };
      const { note } = await callEndpoint(getCosignedHead, call, witness.transport);
      return parseCheckpoint(parseNote(note).text).origin;
    };
    expect(await origin()).toContain(TEST_CHAIN);
    await promote();
    await vi.waitFor(async () => expect(await origin()).toContain(NEXT_CHAIN), { timeout: 5000 });
    await witness.close();
  });
});
