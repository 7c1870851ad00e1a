import type { ForkEvidence, Transport, TrustRoot } from '@ward/protocol';
import { verifyForkEvidence } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { forkedNetwork } from '@ward/testkit/forked-network';
import { type LightNode, lightNode } from '@ward/testkit/light-node';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { beforeEach, describe, expect, it } from 'vitest';
import { VerifiedLedger } from './verified-ledger.ts';

const crypto = await loadCrypto();
const {
  start: START,
  name: NAME,
  trustingPeriodSeconds,
  chain,
  twin,
  clock,
  networkFile,
} = forkedNetwork(crypto);

let a: LightNode;
let b: LightNode;
let lies: string[];
let forks: (ForkEvidence | undefined)[];
beforeEach(() => {
  clock.height = 40;
  a = lightNode('memory://a', chain, { height: 40 });
  b = lightNode('memory://b', chain, { height: 40 });
  lies = [];
  forks = [];
});

function client(nodes: readonly Transport[] = [a.transport, b.transport], root?: TrustRoot) {
  return new VerifiedLedger({
    ...{ networkFile, nodes, clock, crypto },
    ...(root === undefined ? {} : { root }),
    onLie: (node, { code }) => lies.push(`${node} ${code}`),
    onFork: (_, evidence) => forks.push(evidence),
  });
}

async function pass(heights: number): Promise<void> {
  clock.height += heights;
  a.height += heights;
  b.height += heights;
}

describe('a ledger whose validators change all the time', () => {
  it('is believed from its genesis by blocks between', async () => {
    const head = await client().head();
    expect(head.hash).toEqual(chain.hashAt(40));
    expect(a.asked).toBeGreaterThan(5);
    expect(a.asked).toBeLessThan(40);
    expect([lies, forks]).toEqual([[], []]);
  });

  it('is believed from a trust root without anything before it', async () => {
    const root = { network: networkFile.network, chain: NAME, height: 38, hash: chain.hashAt(38) };
    expect((await client([a.transport], root).head()).header.height).toBe(40);
    expect(a.asked).toBe(2);
    const wrong = { ...root, hash: chain.hashAt(37) };
    expect(await codeOfAsync(() => client([a.transport], wrong).head())).toBe('HEADER_MISMATCH');
    const foreign = { ...root, network: new Uint8Array(32) };
    expect(codeOf(() => client([a.transport], foreign))).toBe('HEADER_MISMATCH');
    expect(codeOf(() => client([a.transport], { ...root, chain: 'x' }))).toBe('HEADER_MISMATCH');
  });

  it('is not believed when the trusted block is older than the trusting period', async () => {
    const ledger = client([a.transport]);
    await ledger.head();
    await pass(trustingPeriodSeconds - 2);
    a.height = b.height = 60;
    expect(await codeOfAsync(() => ledger.head())).toBe('LEDGER_STALE');
    clock.height += 100;
    a.height = 61;
    expect(await codeOfAsync(() => ledger.head())).toBe('TRUST_EXPIRED');
    expect(await codeOfAsync(() => client().head())).toBe('TRUST_EXPIRED');
  });
});

describe('two nodes', () => {
  it('are both asked, and the higher head is taken', async () => {
    a.height = 35;
    expect((await client().head()).header.height).toBe(40);
    a.height = 40;
    b.height = 35;
    expect((await client().head()).header.height).toBe(40);
    expect([lies, forks]).toEqual([[], []]);
  });

  it('are compared every few seconds, and once where all comes at once', async () => {
    const ledger = client();
    await ledger.head();
    const { asked } = b;
    await ledger.head();
    expect(b.asked).toBe(asked);
    await pass(10);
    await ledger.head();
    expect(b.asked).toBeGreaterThan(asked);
  });

  it('do not wait for each other: one may be away, or lie', async () => {
    const silent: Transport = { name: 'x', send: () => Promise.reject(new Error('refused')) };
    expect((await client([a.transport, silent]).head()).header.height).toBe(40);
    b.chain = new RotatingChain({ chain: NAME, start: START, validators: 4, seed: 5, crypto });
    expect((await client().head()).header.height).toBe(40);
    expect(lies).toHaveLength(1);
    expect(lies[0]).toMatch(/^memory:\/\/b HEADER_/);
    expect(forks).toEqual([]);
  });

  it.each([
    ['of one height', 40, 40],
    ['of which the other one is higher', 36, 40],
    ['of which the other one is lower', 40, 36],
  ])('that show two signed heads %s end all answers', async (_, first, second) => {
    a.height = first;
    b.height = second;
    b.chain = twin;
    const ledger = client();
    expect(await codeOfAsync(() => ledger.head())).toBe('HEADER_FORK');
    expect(lies).toEqual([]);
    expect(forks).toHaveLength(1);
    expect(ledger.fork).toBe(forks[0]);
    const rules = { chain: NAME, trustingPeriodSeconds, clockDriftSeconds: 0 };
    const fork = verifyForkEvidence(ledger.fork!, rules, crypto);
    expect(fork.height).toBeGreaterThanOrEqual(30);
    b.chain = chain;
    expect(await codeOfAsync(() => ledger.head())).toBe('HEADER_FORK');
    expect(await codeOfAsync(() => ledger.follow(chain.blockAt(40)))).toBe('HEADER_FORK');
    expect(forks).toHaveLength(1);
  });

  it('that begin to differ later are noticed beside an answer, which is the last', async () => {
    const ledger = client();
    await ledger.head();
    b.chain = twin;
    await pass(10);
    const ends = async () => (await codeOfAsync(() => ledger.head())) ?? 'none';
    for (let i = 0; i < 50 && (await ends()) === 'none'; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ends()).toBe('HEADER_FORK');
    expect(forks[0]).toBeDefined();
  });
});
