import {
  type Checkpoint,
  callEndpoint,
  checkpointOrigin,
  type Ed25519KeyPair,
  type SplitEvidence,
  type Transport,
  verifySplitEvidence,
  Witness,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { forkedNetwork } from '@ward/testkit/forked-network';
import { type LightNode, lightNode } from '@ward/testkit/light-node';
import { memoryDoor, memoryTransport } from '@ward/testkit/memory-doors';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { beforeEach, describe, expect, it } from 'vitest';
import { VerifiedLedger } from './verified-ledger.ts';
import { getCosignedHead } from './witness-api.ts';

const crypto = await loadCrypto();
const { name: NAME, chain, twin, clock, networkFile } = forkedNetwork(crypto);
const origin = checkpointOrigin(networkFile.network, NAME);
const KEYS = [1, 2, 3].map((seed) => crypto.ed25519.keyPair(new Uint8Array(32).fill(seed)));
const keys = KEYS.map(({ publicKey }, i) => ({ name: `w${i}`, publicKey }));
const policy = { witnesses: keys, quorum: 2, ageSecondsMax: 30, clockDriftSeconds: 10 };

/** A witness that says what it says about one head, at the time at which it was made. */
async function witness(index: number, height: number, of = chain, keyPair?: Ed25519KeyPair) {
  const heads = new Map<string, Checkpoint>();
  const store = {
    load: async (name: string) => heads.get(name),
    save: async (head: Checkpoint) => void heads.set(head.origin, head),
  };
  const own = { name: `w${index}`, keyPair: keyPair ?? KEYS[index]!, store, clock, crypto };
  const head = { origin, height, hash: of.hashAt(height) };
  const note = await new Witness(own).cosign(head, [of.blockAt(height).header]);
  return memoryTransport(`memory://w${index}`, [memoryDoor(getCosignedHead, () => ({ note }))]);
}

const NOTHING_ASKED = { params: {}, query: {}, body: null };
const silent: Transport = { name: 'x', send: () => Promise.reject(new Error('refused')) };
let node: LightNode;
let splits: SplitEvidence[];
beforeEach(() => {
  clock.height = 40;
  node = lightNode('memory://a', chain, { height: 40 });
  splits = [];
});

function client(ways: readonly Transport[]) {
  return new VerifiedLedger({
    ...{ networkFile, nodes: [node.transport], clock, crypto },
    witnesses: { policy, ways },
    onSplit: (evidence) => splits.push(evidence),
  });
}
const codeFor = async (...ways: Transport[]) => codeOfAsync(() => client(ways).head());

describe('a ledger whose heads have witnesses', () => {
  it('is believed when k of n saw the same, each at a height of its own', async () => {
    expect(await codeFor(await witness(0, 40), await witness(1, 35))).toBeUndefined();
    expect(await codeFor(await witness(0, 40), silent, await witness(2, 20))).toBeUndefined();
    expect(splits).toEqual([]);
  });

  it('is not believed while too few say so: away, late, ahead, or with another key', async () => {
    const first = await witness(0, 40);
    expect(await codeFor(first, silent)).toBe('WITNESS_QUORUM');
    expect(await codeFor(first, first)).toBe('WITNESS_QUORUM');
    expect(await codeFor(first, await witness(1, 60))).toBe('WITNESS_QUORUM');
    expect(await codeFor(first, await witness(1, 40, chain, KEYS[2]))).toBe('WITNESS_QUORUM');
    const replayed = await witness(1, 40);
    clock.height += 31;
    node.height += 31;
    expect(await codeFor(await witness(0, 71), replayed)).toBe('WITNESS_QUORUM');
    expect(await codeFor(await witness(0, 71), await witness(1, 71))).toBeUndefined();
  });

  it('is believed beside a witness and a node that never answer, after a brief wait', async () => {
    const hole: Transport = { name: 'memory://hole', send: () => new Promise(() => undefined) };
    const waits: number[] = [];
    const within = <T>(promise: Promise<T>, ms: number) => {
      waits.push(ms);
      const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 50));
      return Promise.race([promise, late]);
    };
    const ways = [await witness(0, 40), hole, await witness(2, 20)];
    const nodes = [hole, node.transport];
    const options = { networkFile, nodes, clock, crypto, within, witnesses: { policy, ways } };
    const ledger = new VerifiedLedger(options);
    expect((await ledger.head()).header.height).toBe(40);
    expect(Math.max(...waits)).toBe(2000);
    waits.length = 0;
    clock.height += 10;
    node.height += 10;
    await ledger.head();
    // The witness that was silent has a moment only, and the node is asked last.
    expect(waits).toContain(250);
    expect(waits.filter((ms) => ms === 2000)).toHaveLength(2);
  });

  it('is not believed with any sign of a note altered, nor taken for another one', async () => {
    const first = await witness(0, 40);
    const { note } = await callEndpoint(getCosignedHead, NOTHING_ASKED, await witness(1, 40));
    for (let at = 0; at < note.length; at++) {
      const other = note[at] === 'A' ? 'B' : 'A';
      const altered = note.slice(0, at) + other + note.slice(at + 1);
      const door = memoryDoor(getCosignedHead, () => ({ note: altered }));
      const lying = memoryTransport('memory://w1', [door]);
      expect([at, await codeFor(first, lying)]).toEqual([at, 'WITNESS_QUORUM']);
    }
    expect(note.length).toBeGreaterThan(200);
    expect(splits).toEqual([]);
  });

  it('is asked about again after a while, not at each answer', async () => {
    const ways = [await witness(0, 40), await witness(1, 40)];
    const ledger = client(ways);
    await ledger.head();
    clock.height += 9;
    node.height += 9;
    await ledger.head();
    clock.height += 25;
    node.height += 25;
    expect(await codeOfAsync(() => ledger.head())).toBe('WITNESS_QUORUM');
  });

  it('ends all answers when two groups were shown two ledgers, with evidence', async () => {
    const ways = [await witness(0, 40), await witness(1, 40), await witness(2, 35, twin)];
    const ledger = client(ways);
    expect(await codeOfAsync(() => ledger.head())).toBe('WITNESS_SPLIT');
    ways[2] = await witness(2, 40);
    clock.height += 20;
    node.height += 20;
    expect(await codeOfAsync(() => ledger.head())).toBe('WITNESS_SPLIT');
    expect(splits).toHaveLength(1);
    const rules = { chain: NAME, trustingPeriodSeconds: 3600, clockDriftSeconds: 10 };
    const trust = { witnesses: keys, network: networkFile.network, rules };
    const [found] = verifySplitEvidence(splits[0]!, trust, crypto);
    expect(found).toMatchObject({ witness: 'w2', checkpoint: { height: 35 } });
    expect(found!.checkpoint.hash).toEqual(twin.hashAt(35));
    const same = { ...splits[0]!, block: twin.blockAt(35) };
    expect(codeOf(() => verifySplitEvidence(same, trust, crypto))).toBe('EVIDENCE_INVALID');
    const unknown = { ...trust, witnesses: keys.slice(0, 2) };
    expect(codeOf(() => verifySplitEvidence(splits[0]!, unknown, crypto))).toBe('EVIDENCE_INVALID');
  });
});
