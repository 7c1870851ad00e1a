import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Genesis, planDigest, planOf } from '@ward/ledger/schema';
import { createNode, type WardNode } from '@ward/node';
import { equalBytes } from '@ward/protocol';
import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { OrganisationWard } from '@ward/sdk';
import { loadNetworkFile, type OpenHome, openOrganisation } from '@ward/sdk/node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNetwork } from './make-network.ts';
import { draftPromotion, finishPromotion, signPromotion } from './promote-network.ts';
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

const draft = (wish = WISH) =>
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

  it('says so where what was begun cannot be read', async () => {
    writeFileSync(join(home, 'promotion.draft'), '{');
    expect(await codeOfAsync(() => draft())).toBe('PROMOTION_DAMAGED');
  });
});
