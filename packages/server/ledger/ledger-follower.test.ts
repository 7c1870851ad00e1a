import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCosignedHead } from '@ward/ledger/schema';
import { checkpointOrigin, cosign, formatVerifierKey, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { BlackHole } from '@ward/testkit/black-hole';
import { forkedNetwork } from '@ward/testkit/forked-network';
import { type LightNode, lightNode } from '@ward/testkit/light-node';
import { memoryDoor, memoryTransport } from '@ward/testkit/memory-doors';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { RotatingChain } from '@ward/testkit/rotating-chain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { LedgerFollower, type LedgerFollowerOptions } from './ledger-follower.ts';

const crypto = await loadCrypto();
const { start: START, name: CHAIN, chain, twin, clock, networkFile: plain } = forkedNetwork(crypto);
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(1));
const key = formatVerifierKey({ name: 'w', publicKey: keyPair.publicKey }, crypto);
const networkFile = {
  ...{ ...plain, nodes: ['memory://a'] },
  witnesses: { known: [{ key, origin: 'memory://w' }], quorum: 1 },
};

let home: string;
let node: LightNode;
let witness: Transport;
const followers: LedgerFollower[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-follower-'));
  clock.height = 40;
  node = lightNode('memory://a', chain, { height: 40 });
  witness = witnessOf(chain);
});
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.close();
  rmSync(home, { recursive: true });
});

/** A witness that says what it saw at the newest height. */
function witnessOf(seen: RotatingChain): Transport {
  const door = memoryDoor(getCosignedHead, () => {
    const { height } = clock;
    const origin = checkpointOrigin(networkFile.network, CHAIN);
    const checkpoint = { origin, height, hash: seen.hashAt(height) };
    const time = START + height;
    return { note: cosign({ checkpoint, time }, { name: 'w', keyPair }, crypto) };
  });
  return memoryTransport('memory://w', [door]);
}

async function follow(more: Partial<LedgerFollowerOptions> = {}): Promise<LedgerFollower> {
  const follower = await LedgerFollower.start({
    connect: (origin) => (origin === 'memory://w' ? witness : node.transport),
    ...{ networkFile, trustFile: join(home, 'trusted-block'), everyMs: 3_600_000 },
    ...{ clock, crypto, log: silentLog, metrics: new Metrics(), ...more },
  });
  followers.push(follower);
  return follower;
}

async function later(height: number): Promise<void> {
  clock.height = node.height = height;
}

const headCode = (follower: LedgerFollower) => codeOfAsync(() => follower.ledger.head());
const away: Transport = { name: 'w', send: () => Promise.reject(new Error('away')) };

describe('a server that follows the ledger', () => {
  it('wants the witnesses of the network file to confirm what it believes', async () => {
    const follower = await follow();
    expect(await headCode(follower)).toBeUndefined();
    witness = away;
    expect(await headCode(await follow())).toBe('WITNESS_QUORUM');
    expect(await headCode(await follow({ witnesses: 'none' }))).toBeUndefined();
  });

  it('may live without their word, and never with their contradiction', async () => {
    witness = away;
    const follower = await follow({ witnesses: 'alarm' });
    expect(await headCode(follower)).toBeUndefined();
    witness = witnessOf(twin);
    expect(await headCode(await follow({ witnesses: 'alarm' }))).toBe('WITNESS_SPLIT');
  });

  it('keeps what spoke against the ledger, and believes nothing after a restart', async () => {
    witness = witnessOf(twin);
    expect(await headCode(await follow())).toBe('WITNESS_SPLIT');
    expect(new EvidenceFolder(home, crypto).load()).toMatchObject([
      { evidence: { shown: { kind: 'split' } } },
    ]);
    witness = witnessOf(chain);
    const metrics = new Metrics();
    expect(await headCode(await follow({ metrics }))).toBe('WITNESS_SPLIT');
    expect(await metrics.page()).toMatch(/ward_ledger_forked 1/);
  });

  it('keeps a fork that validators signed, with the proof for everybody', async () => {
    const follower = await follow();
    await follower.ledger.head();
    node.chain = twin;
    await later(41);
    expect(await headCode(follower)).toBe('HEADER_FORK');
    const [kept] = new EvidenceFolder(home, crypto).load();
    expect(kept?.evidence?.shown.kind).toBe('fork');
    node.chain = chain;
    expect(await headCode(await follow())).toBe('HEADER_FORK');
  });

  it('ends a round though one node never answers, and follows the others', async () => {
    const hole = await BlackHole.start();
    try {
      const follower = await follow({
        networkFile: { ...networkFile, nodes: [hole.origin, 'memory://a'] },
        connect: (origin) =>
          origin === hole.origin
            ? hole.transport
            : origin === 'memory://w'
              ? witness
              : node.transport,
        everyMs: 10,
      });
      expect(follower.height).toBe(40);
      await later(41);
      await vi.waitFor(() => expect(follower.height).toBe(41), { timeout: 20_000 });
      expect(hole.taken).toBeGreaterThan(1);
    } finally {
      await hole.close();
    }
  }, 40_000);
});
