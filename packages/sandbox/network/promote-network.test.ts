import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Genesis, planDigest, planOf } from '@ward/ledger/schema';
import { createNode, loadNodeHome, type WardNode } from '@ward/node';
import { equalBytes } from '@ward/protocol';
import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { FounderFile, OrganisationWard } from '@ward/sdk';
import { loadNetworkFile, type OpenHome, openOrganisation } from '@ward/sdk/node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { type SampleFounder, sampleFounder, sampleFounderKeys } from '@ward/testkit/sample-founder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNetwork } from './make-network.ts';
import {
  draftPromotion,
  finishPromotion,
  type PromotionWish,
  signPromotion,
} from './promote-network.ts';
import { loadAnswer, loadDraft } from './promotion-draft.ts';

const crypto = await loadCrypto();
const ports = { crypto, clock: systemClock, random: systemRandom };
const CLINIC = {
  ...{ folder: 'clinic', name: 'Clinic', roles: ['registrar'] as const },
  ...{ servers: { node: 0 }, inbox: 'clinic', staff: [] },
};
const SECOND = {
  ...{ folder: 'second', name: 'Second', roles: ['provider'] as const, peer: 0 },
  ...{ servers: { node: 0, vault: 0, custodian: 0 }, inbox: 'second', staff: [] },
};
const WISH = { chain: 'ward-2', organisations: [SECOND], address: '127.0.0.1:26656' };

let folder: string;
let home: string;
let place: { home: string; nodeHome: string; into: string };
let node: WardNode | undefined;
let clinic: OpenHome<OrganisationWard> | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ward-promote-'));
  await makeNetwork({ ...ports, home: folder, organisations: [CLINIC], clockOffsetMs: 0 });
  home = join(folder, 'clinic');
  place = { home, nodeHome: join(home, 'node'), into: join(folder, 'net') };
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  const opened = await createNode({ home: place.nodeHome });
  node = opened;
  const transport = () => httpTransport(opened.origin);
  clinic = await openOrganisation({ path: home, transport, carrierDelayMsMax: 0 });
}

async function stop(): Promise<void> {
  clinic?.close();
  await node?.close();
  [clinic, node] = [undefined, undefined];
}

const draft = (wish: PromotionWish = WISH) =>
  draftPromotion(place, wish, { ...ports, ward: clinic?.ward as OrganisationWard });
const sign = async () => {
  const way = { ward: clinic!.ward, node: httpTransport(node!.origin) };
  return signPromotion(await draft(), place, way);
};
const finish = async () => {
  const [begun, answer] = [loadDraft(home)!, loadAnswer(home)!];
  const before = loadNetworkFile(home);
  return finishPromotion(begun, { answer, before }, { ...place, crypto });
};
const genesisIn = (path: string) =>
  Genesis.fromJson(JSON.parse(readFileSync(join(path, 'genesis.json'), 'utf8')));

describe('a promotion on this machine', () => {
  it('goes on behind a crash between any two of its steps', async () => {
    await start();
    const first = await draft();
    expect(first.plan.chain).toBe('ward-2');
    expect(first.plan.validators).toHaveLength(2);
    expect(first.plan.members.map(({ organisation }) => organisation.name)).toEqual(['Second']);
    expect(await draft({ ...WISH, chain: 'another', organisations: [] })).toEqual(first);
    const { plan } = first;
    await stop();
    await start();
    const answer = await sign();
    expect(equalBytes(answer.promotion.plan, planDigest(plan, crypto))).toBe(true);
    // Signed, and the process died before it had kept what came of it.
    rmSync(join(home, 'promotion.proof'));
    await stop();
    await start();
    expect(await sign()).toEqual(answer);
    expect(await sign()).toEqual(answer);
    await stop();
    const kept = readFileSync(join(home, 'promotion.draft'));
    const { networkFile, newcomers } = await finish();
    expect(existsSync(join(home, 'promotion.draft'))).toBe(false);
    expect(newcomers.map(({ folder: name }) => name)).toEqual(['second']);
    expect(planOf(networkFile.genesis)).toEqual(plan);
    expect(networkFile.nodes).toHaveLength(2);
    const second = join(place.into, 'second');
    for (const path of [place.nodeHome, join(second, 'node')]) {
      expect(genesisIn(path)).toEqual(answer.genesis);
      expect(readdirSync(path)).toContain('first-state');
    }
    expect(readdirSync(second)).toEqual(expect.arrayContaining(['vault', 'custodian', 'keys']));
    expect(loadNetworkFile(second)).toEqual(networkFile);
    const keys = readFileSync(join(second, 'node', 'validator.key'));
    writeFileSync(join(home, 'promotion.draft'), kept);
    await finish();
    expect(readFileSync(join(second, 'node', 'validator.key'))).toEqual(keys);
  });

  it('takes in founders that keep their keys themselves', async () => {
    await start();
    const { network, genesis } = loadNetworkFile(home);
    const now = Math.floor(systemClock.nowMs() / 1000);
    const ours = { network, predecessor: genesis.chain, now };
    const founder = (index: number, own: SampleFounder = {}) =>
      sampleFounder(index, ours, crypto, own);
    const code = (...founders: FounderFile[]) =>
      codeOfAsync(() => draft({ ...WISH, organisations: [], founders }));
    const { account } = clinic!.ward.keys;
    expect(await code(founder(1, { account }))).toBe('FOUNDER_TAKEN');
    expect(await code(founder(1), founder(1))).toBe('FOUNDER_TAKEN');
    const foreign = sampleFounder(1, { ...ours, network: new Uint8Array(32) }, crypto);
    expect(await code(foreign)).toBe('FOUNDER_FOREIGN');
    const roles = ['provider', 'provider'] as const;
    expect(await code(founder(1, { roles }))).toBe('GENESIS_INVALID');
    const shared = sampleFounderKeys(1, crypto);
    const keys = { ...shared, officer: shared.service };
    expect(await code(founder(1, { keys }))).toBe('FOUNDER_TAKEN');
    expect(loadDraft(home)).toBeUndefined();

    const begun = await draft({ ...WISH, founders: [founder(1), founder(2)] });
    expect(begun.plan.validators).toHaveLength(4);
    expect(begun.plan.members).toHaveLength(3);
    const peers = ['@10.0.0.1:26656', '@10.0.0.2:26656'];
    expect(begun.peers?.map((peer) => peer.slice(40))).toEqual(peers);
    await sign();
    await stop();
    await finish();
    for (const path of [place.nodeHome, join(place.into, 'second', 'node')]) {
      const { peering } = await loadNodeHome(path);
      expect(peering?.peers).toHaveLength(3);
      expect(peering?.peers).toEqual(expect.arrayContaining([...begun.peers!]));
    }
  });

  it('says so where what was begun cannot be read', async () => {
    writeFileSync(join(home, 'promotion.draft'), '{');
    expect(await codeOfAsync(() => draft())).toBe('PROMOTION_DAMAGED');
  });
});
