import { StateMachine, type VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_TIME, TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../embedded/ingress/ingress.ts';
import { InlineIngress } from '../embedded/ingress/inline-ingress.ts';
import { refuse } from '../errors.ts';
import { VolatileStorage } from '../storage/durable-storage.ts';
import { authorsOf } from './authors.ts';
import { packContainer } from './container.ts';
import { ContainerPool } from './container-pool.ts';
import { Mempool } from './mempool.ts';
import { Verifier } from './verifier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['provider']]);
const [, flooder, other] = ledger.members;
const TAKEN = 0;
const FULL = 32_000;
const MAX = 4n * 1024n * 1024n;

/** Verifies when it is told to. */
class HeldIngress extends InlineIngress {
  readonly held: (() => void)[] = [];
  failure: Error | undefined;

  override async verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    return super.verifyAll(envelopes);
  }
}

function begin() {
  const { genesis } = ledger;
  const machine = StateMachine.open({ storage: new VolatileStorage(), crypto, genesis });
  const ingress = new HeldIngress(crypto);
  const pool = new ContainerPool(crypto, authorsOf(machine));
  const failures: unknown[] = [];
  const mempool = new Mempool({
    ...{ machine, pool, verifier: new Verifier(ingress, crypto), nowMs: () => 0 },
    onFailed: (error) => failures.push(error),
  });
  /** Lets everything be verified that may be by now. */
  const verifyAll = async () => {
    for (await turn(); ingress.held.length > 0; await turn()) {
      for (const go of ingress.held.splice(0)) go();
    }
  };
  const propose = (maxBytes = MAX) => {
    const request = { maxBytes, containers: [], misbehavior: [], height: 1n, time: undefined };
    return mempool.propose(request).containers!;
  };
  return { mempool, pool, ingress, failures, verifyAll, propose };
}

/** What else there is to do at this moment is done. */
function turn(): Promise<string> {
  return new Promise((resolve) => setImmediate(() => resolve('turn')));
}

let made = 0;
function write(member: TestMember | undefined): VerifiedTransaction {
  const address = crypto.sha256(Buffer.from(`mempool ${made++}`));
  const slots = [{ address, value: address }];
  return ledger.serviceTransaction(member!, WriteSlots, { slots }, TEST_TIME);
}

function pack(member: TestMember | undefined, count: number): Uint8Array {
  const envelopes = Array.from({ length: count }, () => write(member).envelope);
  return packContainer(envelopes);
}

describe('the mempool of a node', () => {
  it('answers before anything is verified, and proposes nothing that is not', async () => {
    const { mempool, verifyAll, propose } = begin();
    const container = pack(flooder, 2);
    expect(mempool.insert({ bytes: container })).toEqual({ code: TAKEN });
    expect(propose()).toEqual([]);
    await verifyAll();
    expect(propose()).toEqual([container]);
  });

  it('verifies no more of a flood than blocks may take, and others beside it', async () => {
    const { mempool, verifyAll, propose } = begin();
    const flood = Array.from({ length: 6 }, () => pack(flooder, 120));
    for (const bytes of flood) expect(mempool.insert({ bytes })).toEqual({ code: TAKEN });
    const late = pack(other, 1);
    mempool.insert({ bytes: late });
    await verifyAll();
    // Two blocks' worth of 64 KiB are reached with the fourth; one block holds one of them.
    expect(propose()).toEqual([flood[0], late]);
    mempool.begin([]);
    mempool.end();
    await verifyAll();
    expect(propose()).toEqual([flood[0], late]);
  });

  it('proposes a container that is longer than a usual block, where it fits at all', async () => {
    const { mempool, verifyAll, propose } = begin();
    const long = pack(flooder, 300);
    mempool.insert({ bytes: long });
    await verifyAll();
    expect(propose()).toEqual([long]);
    expect(propose(1000n)).toEqual([]);
  });

  it('answers what there is to tell at once, else when there is something or it must', async () => {
    const { mempool, pool } = begin();
    const submitter = { committed() {}, refused() {}, settled() {} };
    const never = new Promise<void>(() => {});
    const add = () => {
      const transaction = write(other);
      pool.add({ transaction, submitter, token: 0 });
      return [packContainer([transaction.envelope])];
    };
    const before = add();
    expect(await mempool.reap(never)).toEqual({ containers: before });
    const waiting = mempool.reap(never);
    expect(await Promise.race([waiting, turn()])).toBe('turn');
    const later = add();
    expect(await waiting).toEqual({ containers: later });
    let hurry = () => {};
    const hurried = mempool.reap(
      new Promise((resolve) => {
        hurry = resolve;
      }),
    );
    expect(await Promise.race([hurried, turn()])).toBe('turn');
    hurry();
    expect(await hurried).toEqual({ containers: [] });
    const [left, ended] = [mempool.reap(Promise.resolve()), mempool.reap(never)];
    expect(await left).toEqual({ containers: [] });
    expect(pool.takeAll()).toHaveLength(2);
    expect(await Promise.race([ended, turn()])).toEqual({ containers: [] });
  });

  it('has room for those who have little when one has taken what it may', () => {
    const { mempool } = begin();
    let code: number | undefined = TAKEN;
    let count = 0;
    while (code === TAKEN) {
      code = mempool.insert({ bytes: pack(flooder, 1) }).code;
      count++;
    }
    expect(code).toBe(FULL);
    expect(count).toBeGreaterThan(2000);
    expect(mempool.insert({ bytes: pack(other, 1) })).toEqual({ code: TAKEN });
  });

  it('forgets what could not be verified; a stopped engine is no failure, others are', async () => {
    for (const [failure, expected] of [
      [refuse('ENGINE_STOPPED'), 0],
      [new Error('broken'), 1],
    ] as const) {
      const { mempool, pool, ingress, failures, verifyAll } = begin();
      ingress.failure = failure;
      mempool.insert({ bytes: pack(flooder, 1) });
      await verifyAll();
      expect(pool.bytes).toBe(0);
      expect(failures).toHaveLength(expected);
    }
  });
});
