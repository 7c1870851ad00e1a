import type { VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import type { Ingress, Verdict } from '../embedded/ingress/ingress.ts';
import { InlineIngress } from '../embedded/ingress/inline-ingress.ts';
import { refuse } from '../errors.ts';
import { packContainer } from './container.ts';
import { Turns } from './turns.ts';
import { Verifier } from './verifier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const ids = (verdict: readonly (VerifiedTransaction | null)[]) => verdict.map((one) => one?.id);

function transactions(count: number): VerifiedTransaction[] {
  return Array.from({ length: count }, (_, i) => {
    const address = crypto.sha256(Uint8Array.of(i, i >> 8));
    const slots = [{ address, value: address }];
    return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME);
  });
}

/** Verifies as always, counts, and answers some calls otherwise. */
class CountingIngress extends InlineIngress implements Ingress {
  verified = 0;
  readonly refusals: Error[] = [];

  override async verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    this.verified += envelopes.length;
    return super.verifyAll(envelopes);
  }
}

function begin(count: number) {
  const ingress = new CountingIngress(crypto);
  const all = transactions(count);
  const envelopes = all.map(({ envelope }) => envelope);
  const container = packContainer(envelopes);
  return { ingress, verifier: new Verifier(ingress, crypto), all, envelopes, container };
}

describe('the verifier of containers', () => {
  it('verifies each container once, at whatever time it is asked', async () => {
    const { ingress, verifier, all, container } = begin(300);
    const both = [1, 2].map(() => verifier.verify(container.slice()));
    const [first, second] = await Promise.all(both);
    expect(ids(first!)).toEqual(ids(all));
    expect(second).toBe(first);
    await verifier.verify(container);
    expect(ingress.verified).toBe(300);
  });

  it('opens each container once, and verifies what it opened', async () => {
    const { verifier, all, envelopes, container } = begin(20);
    const opened = verifier.open(container.slice());
    expect(opened?.envelopes).toEqual(envelopes);
    expect(verifier.open(container)).toBe(opened);
    expect(ids(await verifier.verify(container))).toEqual(ids(all));
    expect(verifier.open(container)).toBe(opened);
    verifier.forget([container]);
    expect(verifier.open(container)).not.toBe(opened);
    expect(verifier.open(container.subarray(1))).toBeNull();
  });

  it('verifies nothing that was verified where it came', async () => {
    const { ingress, verifier, all, container } = begin(3);
    verifier.remember(container, all);
    expect(await verifier.verify(container)).toEqual(all);
    expect(ingress.verified).toBe(0);
  });

  it('keeps nothing of what a container came with', async () => {
    const { verifier, all, container } = begin(2);
    const block = new Uint8Array(100_000);
    block.set(container, 500);
    const verdict = await verifier.verify(block.subarray(500, 500 + container.length));
    expect(ids(verdict)).toEqual(ids(all));
    for (const one of verdict) expect(one!.envelope.buffer.byteLength).toBe(container.length);
  });

  it('has null in the place of one whose signature does not fit', async () => {
    const { verifier, all, envelopes } = begin(3);
    const forged = envelopes[1]!.slice();
    forged[forged.length - 1]! ^= 1;
    const own = [envelopes[0]!, forged, Uint8Array.of(1), envelopes[2]!];
    const verdict = await verifier.verify(packContainer(own));
    expect(ids(verdict)).toEqual([all[0]!.id, undefined, undefined, all[2]!.id]);
  });

  it('has no verdict when a worker has died, and asks again the next time', async () => {
    const { ingress, verifier, all, container } = begin(2);
    ingress.refusals.push(refuse('ENGINE_STOPPED'));
    const verify = () => verifier.verify(container);
    expect(await codeOfAsync(verify)).toBe('ENGINE_STOPPED');
    expect(ids(await verify())).toEqual(ids(all));
  });

  it('forgets a container that a block took', async () => {
    const { ingress, verifier, container } = begin(1);
    await verifier.verify(container);
    verifier.forget([container.slice(), Uint8Array.of(1)]);
    await verifier.verify(container);
    expect(ingress.verified).toBe(2);
  });

  it('forgets the oldest container when there are many', async () => {
    const { ingress, verifier, all, container } = begin(1);
    await verifier.verify(container);
    for (let i = 0; i < 4096; i++) verifier.remember(Uint8Array.of(i, i >> 8), all);
    await verifier.verify(container);
    expect(ingress.verified).toBe(2);
  });

  it('forgets the oldest containers when they are long', async () => {
    const { ingress, verifier, all, container } = begin(1);
    await verifier.verify(container);
    const long = { ...all[0]!, envelope: new Uint8Array(1024 * 1024) };
    for (let i = 0; i < 64; i++) verifier.remember(Uint8Array.of(i), [long]);
    await verifier.verify(container);
    expect(ingress.verified).toBe(2);
  });
});

describe('turns', () => {
  it('begin with what is most urgent, in the order of its coming', async () => {
    const turns = new Turns();
    const begun: string[] = [];
    const run = (urgency: 'consensus' | 'mempool' | 'query', name: string) =>
      turns.run(urgency, async () => {
        begun.push(name);
        return name;
      });
    const all = [
      run('query', 'q1'),
      run('mempool', 'm1'),
      run('consensus', 'c1'),
      run('mempool', 'm2'),
      run('consensus', 'c2'),
    ];
    expect(begun).toEqual([]);
    expect(await Promise.all(all)).toEqual(['q1', 'm1', 'c1', 'm2', 'c2']);
    expect(begun).toEqual(['c1', 'c2', 'm1', 'm2', 'q1']);
  });

  it('are not held up by what has begun and waits', async () => {
    const turns = new Turns();
    let letGo: () => void = () => {};
    const slow = turns.run('consensus', () => new Promise<void>((resolve) => (letGo = resolve)));
    expect(await turns.run('query', async () => 'done')).toBe('done');
    letGo();
    await slow;
  });

  it('hand on what fails, and go on', async () => {
    const turns = new Turns();
    const failed = turns.run('mempool', () => Promise.reject(new Error('no')));
    const next = turns.run('query', async () => 1);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(1);
  });
});
