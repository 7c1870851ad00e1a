import { PromoteNetwork, planDigest, WriteSlots } from '@ward/ledger/schema';
import { LightBlock, type TransactionId } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { samplePlan } from '@ward/testkit/sample-promotion';
import { verdictOf } from '@ward/testkit/test-chain';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { createMemoryEngine, type MemoryEngine } from './memory-engine.ts';
import { BlockArchive } from './queries/block-archive.ts';
import { promotionAnswer } from './queries/promotion.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed, provider, registrar } = ledger;
const plan = samplePlan(ledger);
const clock = { nowMs: () => (TEST_TIME + 5) * 1000 };

let own: MemoryEngine;
beforeEach(async () => {
  own = await createMemoryEngine({ genesis, validatorSeed, blocks: 'manual', clock, crypto });
});
afterEach(() => own.stop());

function write(byte: number): { envelope: Uint8Array; id: TransactionId } {
  const bytes = new Uint8Array(32).fill(byte);
  const slots = [{ address: bytes, value: bytes }];
  return ledger.serviceTransaction(provider, WriteSlots, { slots }, TEST_TIME + 5);
}

function promote(by = plan) {
  const message = { chain: by.chain, plan: planDigest(by, crypto) };
  return ledger.officerTransaction(registrar, PromoteNetwork, message, TEST_TIME + 5);
}

/** What stands in the chain once a block of these is made, and another that was asked for. */
async function makeBlocks(envelopes: readonly Uint8Array[]) {
  const { engine, makeBlock } = own;
  const told = Promise.all(envelopes.map((envelope) => engine.submit(envelope)));
  // Verifying takes a turn of the loop; then all of them wait.
  while (engine.mempool.transactions < envelopes.length) await new Promise(setImmediate);
  const { header } = await makeBlock();
  return { height: header.height, told: await told };
}

describe('an embedded chain that is promoted', () => {
  it('takes what stands before the promotion, and ends with an empty block behind it', async () => {
    const sent = [write(1), promote(), write(2)].map(({ envelope }) => envelope);
    const { height, told } = await makeBlocks(sent);
    expect(told.map(({ result }) => verdictOf(result))).toEqual([
      'applied',
      'applied',
      'NETWORK_PROMOTED',
    ]);
    const last = await own.makeBlock();
    expect(last.header.height).toBe(height + 1);
    expect(own.queries.block(height + 1).transactions).toEqual([]);
    expect(last.header.appHash).toEqual(own.machine.appHash);
    expect(await own.makeBlock()).toEqual(last);
    expect(own.machine.height).toBe(height + 1);
    const late = () => own.engine.submit(write(3).envelope);
    expect(await codeOfAsync(late)).toBe('NETWORK_PROMOTED');
  });

  it('refuses what found no place in the block of the promotion', async () => {
    const more = Array.from({ length: ENGINE_LIMITS.blockTransactionsMax }, (_, i) => {
      const bytes = crypto.sha256(Buffer.from(`slot ${i}`));
      const slots = [{ address: bytes, value: bytes }];
      return ledger.serviceTransaction(provider, WriteSlots, { slots }, TEST_TIME + 5);
    });
    const { engine, makeBlock } = own;
    const told = [promote(), ...more].map(({ envelope }) => engine.submit(envelope));
    const last = codeOfAsync(() => told.at(-1)!);
    while (engine.mempool.transactions < told.length) await new Promise(setImmediate);
    const { header } = await makeBlock();
    expect(own.queries.block(header.height).transactions).toHaveLength(more.length);
    expect(engine.mempool.transactions).toBe(1);
    await makeBlock();
    expect(await last).toBe('NETWORK_PROMOTED');
    expect(own.queries.block(header.height + 1).transactions).toEqual([]);
  }, 60_000);

  it('shows how it goes on once that block is there, by the plan that it named', async () => {
    const { machine } = own;
    const archive = new BlockArchive(machine, crypto);
    const answerAt = (height: number, by = plan) =>
      promotionAnswer({ machine, archive }, { plan: by, height }, crypto);
    expect(answerAt(machine.height)).toBeUndefined();
    const { height } = await makeBlocks([promote().envelope]);
    expect(answerAt(height)).toBeUndefined();
    const last = await own.makeBlock();
    expect(answerAt(height + 1, { ...plan, members: [] })).toBeUndefined();
    const answer = answerAt(height + 1)!;
    expect(LightBlock.encode(answer.last)).toEqual(LightBlock.encode(last));
    expect(answer.genesis.predecessor!.height).toBe(height + 1);
    expect(answer.promotion).toEqual({ chain: plan.chain, plan: planDigest(plan, crypto) });
    expect(await codeOfAsync(async () => own.queries.promotion())).toBe('PROMOTION_UNKNOWN');
  });
});
