import { StateMachine, type VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { VolatileStorage } from '../storage/durable-storage.ts';
import type { RequestOf } from './abci-messages.ts';
import { packContainer } from './container.ts';
import { ContainerPool } from './container-pool.ts';
import { ProposalWait } from './proposal-wait.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const LONG_MS = 1e9;
const submitter = { committed() {}, refused() {}, settled() {} };

let machine: StateMachine;
let pool: ContainerPool;
let wait: ProposalWait;
let nowMs: number;

beforeEach(() => {
  const { genesis } = ledger;
  machine = StateMachine.open({ storage: new VolatileStorage(), crypto, genesis });
  pool = new ContainerPool(crypto);
  nowMs = 5000;
  wait = new ProposalWait({ machine, pool, idleBlockMs: LONG_MS }, () => nowMs);
});

let made = 0;
function write(): VerifiedTransaction {
  const address = crypto.sha256(Buffer.from(`waited ${made++}`));
  const slots = [{ address, value: address }];
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME);
}

function settle(...transactions: VerifiedTransaction[]): void {
  const height = machine.height + 1;
  machine.execute({ height, time: TEST_TIME + height, transactions });
  machine.commit({ lightBlock: new Uint8Array(0) });
  wait.committed();
}

/** Whether it ends without anything that happens meanwhile. */
async function isOver(waiting: Promise<void>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(() => resolve('turn')));
  return (await Promise.race([waiting.then(() => 'over'), turn])) === 'over';
}

/** A block that says how each validator voted on the one before. */
function blockWith(flags: readonly number[]): RequestOf<'finalizeBlock'> {
  const nothing = new Uint8Array(0);
  const votes = flags.map((flag) => ({ validator: { address: nothing, power: 1n }, flag }));
  return {
    ...{ containers: [], lastCommit: { round: 0, votes }, misbehavior: [], hash: nothing },
    ...{ height: 1n, time: undefined, nextValidatorsHash: nothing, proposer: nothing },
  };
}

function propose(misbehavior: RequestOf<'prepareProposal'>['misbehavior'] = []): Promise<void> {
  const [containers, height] = [[], BigInt(machine.height + 1)];
  return wait.end({ maxBytes: 1n, containers, misbehavior, height, time: undefined });
}

describe('who proposes and has nothing to propose', () => {
  it('waits behind a block that changed nothing, until a transaction comes', async () => {
    settle();
    const waiting = propose();
    expect(await isOver(waiting)).toBe(false);
    pool.add({ transaction: write(), submitter, token: 0 });
    expect(await isOver(waiting)).toBe(true);
    expect(await isOver(propose())).toBe(true);
  });

  it("waits for another node's container until it is verified", async () => {
    settle();
    const waiting = propose();
    const container = packContainer([write().envelope]);
    const forged = packContainer([write().envelope]);
    for (const one of [forged, container])
      pool.insert({ bytes: one, sizeBytes: 1, author: '' }, TEST_TIME);
    expect(await isOver(waiting)).toBe(false);
    pool.judge(forged, false);
    expect(await isOver(waiting)).toBe(false);
    pool.judge(container, true);
    expect(await isOver(waiting)).toBe(true);
  });

  it('waits no longer than it may, counted from the last block', async () => {
    wait = new ProposalWait({ machine, pool, idleBlockMs: 50 }, () => nowMs);
    settle();
    nowMs += 30;
    await propose();
    nowMs += 20;
    expect(await isOver(propose())).toBe(true);
  });

  it('does not wait before there was a block, nor behind one that changed something', async () => {
    expect(await isOver(propose())).toBe(true);
    settle();
    settle(write());
    expect(await isOver(propose())).toBe(true);
    settle();
    expect(await isOver(propose())).toBe(false);
  });

  it('does not wait while a validator is away, and does again when it is back', async () => {
    const [commit, absent] = [2, 1];
    for (const [flags, expected] of [
      [[commit, absent, commit], true],
      [[commit, commit, commit], false],
    ] as const) {
      wait.begin(blockWith(flags));
      settle();
      expect(await isOver(propose())).toBe(expected);
    }
  });

  it('does not wait with evidence, nor with what came before', async () => {
    settle();
    const evidence = { type: 1, height: 1n } as RequestOf<'prepareProposal'>['misbehavior'][number];
    expect(await isOver(propose([evidence]))).toBe(true);
    pool.add({ transaction: write(), submitter, token: 0 });
    expect(await isOver(propose())).toBe(true);
  });

  it('is let go when everything ends, and by a second call alone', async () => {
    settle();
    const first = propose();
    const second = propose();
    pool.takeAll();
    expect(await isOver(second)).toBe(true);
    expect(await isOver(first)).toBe(false);
  });
});
