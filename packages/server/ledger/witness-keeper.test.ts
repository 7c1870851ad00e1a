import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VerifiedLedger } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { DoorStage } from '@ward/testkit/door-stage';
import { type LightNode, lightNode, rotatingNetwork } from '@ward/testkit/light-node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WitnessKeeper, witnessFiles } from './witness-keeper.ts';

const crypto = await loadCrypto();
const START = 1_800_000_000;
const NAME = 'rotating-1';
const chain = new RotatingChain({ chain: NAME, start: START, validators: 4, seed: 1, crypto });
const twin = chain.forkedFrom({ from: 30, appHash: new Uint8Array(32).fill(7) });
const clock = { height: 40, nowMs: () => (START + clock.height + 1) * 1000 };
const networkFile = rotatingNetwork(chain, { name: NAME, trustingPeriodSeconds: 3600 }, crypto);
const { network } = networkFile;
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(1));
const policy = {
  witnesses: [{ name: 'w', publicKey: keyPair.publicKey }],
  ...{ quorum: 1, ageSecondsMax: 30, clockDriftSeconds: 10 },
};

let stage: DoorStage;
let node: LightNode;
let folder: string;
beforeAll(async () => {
  stage = await DoorStage.start(crypto);
});
afterAll(() => stage.stop());
afterEach(() => stage.closeServers());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-witness-'));
  clock.height = 40;
  node = lightNode('memory://a', chain, { height: 40 });
});

function keeper(): WitnessKeeper {
  const ledger = new VerifiedLedger({ networkFile, nodes: [node.transport], clock, crypto });
  const store = witnessFiles(folder, { crypto });
  const own = { name: 'w', keyPair, store, clock, crypto };
  return new WitnessKeeper({ ...own, ledger, node: node.transport, network, chain: NAME });
}

describe('a witness behind its door', () => {
  it('confirms to a client what both saw, over HTTP', async () => {
    const witness = keeper();
    const { http } = await stage.open({ doors: witness.doors() });
    const client = () =>
      new VerifiedLedger({
        ...{ networkFile, nodes: [node.transport], clock, crypto },
        witnesses: { policy, ways: [http] },
      });
    expect(await codeOfAsync(() => client().head())).toBe('WITNESS_QUORUM');
    await witness.cosignNewest();
    expect((await client().head()).header.height).toBe(40);
    clock.height = node.height = 55;
    await witness.cosignNewest();
    expect((await client().head()).header.height).toBe(55);
    await witness.cosignNewest();
  });

  it('keeps its word over a restart: it cosigns no other line', async () => {
    await keeper().cosignNewest();
    node.chain = twin;
    clock.height = node.height = 50;
    expect(await codeOfAsync(() => keeper().cosignNewest())).toBe('WITNESS_SPLIT');
    node.chain = chain;
    expect(await codeOfAsync(() => keeper().cosignNewest())).toBeUndefined();
  });
});
