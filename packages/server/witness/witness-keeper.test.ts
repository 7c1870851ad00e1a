import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getWitnessEvidence, getWitnessStatus, VerifiedLedger } from '@ward/ledger/schema';
import {
  callEndpoint,
  parseVerifierKey,
  type Transport,
  verifyLedgerEvidence,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { DoorStage } from '@ward/testkit/door-stage';
import { forkedNetwork } from '@ward/testkit/forked-network';
import { type LightNode, lightNode } from '@ward/testkit/light-node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WitnessKeeper, witnessFiles } from './witness-keeper.ts';

const crypto = await loadCrypto();
const { name: NAME, chain, twin, clock, networkFile } = forkedNetwork(crypto);
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

const evidence = () => new EvidenceFolder(folder, crypto);

function keeper(ways: readonly Transport[] = [node.transport]): WitnessKeeper {
  const ledger = new VerifiedLedger({ networkFile, nodes: [node.transport], clock, crypto });
  const store = witnessFiles(folder, { crypto });
  const own = { name: 'w', keyPair, store, clock, crypto };
  return new WitnessKeeper({ ...own, ledger, ways, network, evidence: evidence() });
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
    // It had to see both sides of the split, and stops until its owner has looked at them.
    node.chain = chain;
    expect(await codeOfAsync(() => keeper().cosignNewest())).toBe('WITNESS_SPLIT');
    evidence().setAside();
    expect(await codeOfAsync(() => keeper().cosignNewest())).toBeUndefined();
  });

  it('keeps what proves the split to everybody who knows it', async () => {
    await keeper().cosignNewest();
    node.chain = twin;
    clock.height = node.height = 50;
    expect(await codeOfAsync(() => keeper().cosignNewest())).toBe('WITNESS_SPLIT');
    const [kept, ...more] = evidence().load();
    expect(more).toEqual([]);
    const rules = { chain: NAME, trustingPeriodSeconds: 3600, clockDriftSeconds: 10 };
    const trust = { network, rules, witnesses: policy.witnesses };
    const proved = verifyLedgerEvidence(kept!.evidence!, trust, crypto);
    expect(proved).toMatchObject({ kind: 'split', height: 40, witnesses: ['w'] });
    expect(proved.hashes).toEqual([twin.hashAt(40), chain.hashAt(40)]);
    const { http } = await stage.open({ doors: keeper().doors() });
    const at = (position: number) =>
      callEndpoint(getWitnessEvidence, { params: { position }, query: {}, body: null }, http);
    expect(await at(0)).toEqual({ evidence: kept!.evidence, count: 1 });
    expect(await at(1)).toEqual({ evidence: null, count: 1 });
    const asked = { params: {}, query: {}, body: null };
    const status = await callEndpoint(getWitnessStatus, asked, http);
    expect(status).toMatchObject({ alarm: true, height: 0, chain: NAME });
    expect(parseVerifierKey(status.key, crypto)).toEqual(policy.witnesses[0]);
  });

  it('stops as well where the nodes have no block that would prove it', async () => {
    await keeper().cosignNewest();
    node.chain = twin;
    clock.height = node.height = 50;
    const { transport } = node;
    const forgetful: Transport = {
      name: 'memory://a',
      send: (request, options) =>
        request.target.endsWith('/40')
          ? Promise.reject(new Error('pruned'))
          : transport.send(request, options),
    };
    expect(await codeOfAsync(() => keeper([forgetful]).cosignNewest())).toBe('WITNESS_SPLIT');
    const shown = evidence()
      .load()
      .map((kept) => kept.evidence?.shown);
    expect(shown).toEqual([{ kind: 'unproved', height: 40 }]);
    expect(await codeOfAsync(() => keeper().cosignNewest())).toBe('HEADER_FORK');
  });

  it('goes a long way in steps, after it was away', async () => {
    await keeper().cosignNewest();
    clock.height = node.height = 1060;
    const witness = keeper();
    await witness.cosignNewest();
    expect(witness.height).toBe(1060);
  });
});
