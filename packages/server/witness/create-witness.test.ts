import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCosignedHead, getWitnessStatus } from '@ward/ledger/schema';
import { callEndpoint, type Transport, verifyCosignatures } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { forkedNetwork } from '@ward/testkit/forked-network';
import { type LightNode, lightNode } from '@ward/testkit/light-node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../telemetry/metrics.ts';
import { createWitness, type WitnessServer } from './create-witness.ts';
import { loadWitnessHome, witnessInit } from './witness-home.ts';

const crypto = await loadCrypto();
const { name: CHAIN, chain, twin, clock, networkFile } = forkedNetwork(crypto);
const seed = new Uint8Array(32).fill(1);
const keyPair = crypto.ed25519.keyPair(seed);
const name = 'watch.example.org/ward';
const ASKED = { params: {}, query: {}, body: null };

let home: string;
let node: LightNode;
let running: WitnessServer | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-witness-'));
  clock.height = 40;
  node = lightNode('memory://a', chain, { height: 40 });
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(home, { recursive: true, force: true });
});

async function start(metrics = new Metrics()): Promise<WitnessServer> {
  const connect = (): Transport => node.transport;
  const options = { home, name, keyPair, networkFile, connect, clock, crypto, metrics };
  running = await createWitness({ ...options, everyMs: 20, ops: {} });
  return running;
}

async function stop(): Promise<void> {
  await running?.close();
  running = undefined;
}

async function cosigned({ transport }: WitnessServer) {
  const { note } = await callEndpoint(getCosignedHead, ASKED, transport);
  return verifyCosignatures(note, [{ name, publicKey: keyPair.publicKey }], crypto)[0]!.checkpoint;
}
const statusOf = ({ transport }: WitnessServer) => callEndpoint(getWitnessStatus, ASKED, transport);

describe('the home of a witness', () => {
  it('is made once, and read as it was made', async () => {
    await witnessInit({ name, seed, networkFile }, home);
    expect(await loadWitnessHome(home)).toEqual({ name, seed, networkFile });
    const again = () => witnessInit({ name, seed, networkFile }, home);
    expect(await codeOfAsync(again)).toBe('HOME_TAKEN');
    const spaced = () => witnessInit({ name: 'a b', seed, networkFile }, join(home, 'other'));
    expect(await codeOfAsync(spaced)).toBe('WITNESS_NAME_INVALID');
    expect(await codeOfAsync(() => loadWitnessHome(join(home, 'none')))).toBe('HOME_MISSING');
  });
});

describe('a witness that runs', () => {
  it('has cosigned when it is there, and goes on as the ledger grows', async () => {
    const witness = await start();
    expect(await cosigned(witness)).toMatchObject({ height: 40, hash: chain.hashAt(40) });
    clock.height = node.height = 50;
    await expect.poll(async () => (await cosigned(witness)).height).toBe(50);
    expect(await statusOf(witness)).toMatchObject({ height: 50, alarm: false, chain: CHAIN });
  });

  it('is the only process on its home', async () => {
    await start();
    const first = running;
    expect(await codeOfAsync(() => start())).toBe('HOME_LOCKED');
    running = first;
    await stop();
    expect((await statusOf(await start())).alarm).toBe(false);
  });

  it('starts while its nodes are away, and cosigns once they are there', async () => {
    const { transport } = node;
    const away = () => Promise.reject(new Error('away'));
    node = { ...node, transport: { name: 'memory://a', send: away } };
    const lost = node;
    const witness = await start();
    expect(await codeOfAsync(() => cosigned(witness))).toBe('WITNESS_QUORUM');
    const ready = await fetch(`${witness.opsOrigin}/readyz`);
    expect(ready.status).toBe(503);
    Object.assign(lost.transport, { send: transport.send });
    await expect.poll(async () => (await statusOf(witness)).height).toBe(40);
  });

  it('stops at a fork, tells its operator, and stays stopped over a restart', async () => {
    const metrics = new Metrics();
    const witness = await start(metrics);
    await expect.poll(async () => (await statusOf(witness)).height).toBe(40);
    node.chain = twin;
    clock.height = node.height = 50;
    await expect.poll(async () => (await statusOf(witness)).alarm).toBe(true);
    expect((await cosigned(witness)).hash).toEqual(chain.hashAt(40));
    expect((await fetch(`${witness.opsOrigin}/readyz`)).status).toBe(503);
    const page = await (await fetch(`${witness.opsOrigin}/metrics`)).text();
    expect(page).toMatch(/ward_ledger_forked 1/);
    expect(page).toMatch(/ward_witness_height 40/);
    expect(page).toMatch(/ward_witness_refusals_total\{code="(WITNESS_SPLIT|HEADER_FORK)"\} [1-9]/);
    await stop();
    expect(new EvidenceFolder(home, crypto).load()).not.toEqual([]);
    node.chain = chain;
    const again = await start();
    expect(await statusOf(again)).toMatchObject({ alarm: true, height: 0 });
    expect(await codeOfAsync(() => cosigned(again))).toBe('WITNESS_QUORUM');
  });
});
