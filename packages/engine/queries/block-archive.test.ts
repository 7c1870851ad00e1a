import type { VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { LightBlock, verifyTransaction } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestClock } from '@ward/testkit/simulated-engine';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { envelopeTree, resultTree } from '../embedded/chain-writer.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import { createMemoryEngine, type MemoryEngine } from '../memory-engine.ts';
import { BlockArchive } from './block-archive.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed } = ledger;
const running: MemoryEngine[] = [];
afterEach(async () => {
  for (const memory of running.splice(0)) await memory.stop();
});

async function start() {
  const clock = new TestClock();
  const blocks = 'manual' as const;
  const memory = await createMemoryEngine({ genesis, validatorSeed, clock, crypto, blocks });
  running.push(memory);
  return { ...memory, clock };
}
type Started = Awaited<ReturnType<typeof start>>;

let made = 0;
/** A block of so many transactions, of which every third is refused. */
async function grow({ engine, makeBlock, clock }: Started, count: number): Promise<void> {
  const sent = Array.from({ length: count }, (_, i) => {
    const address = crypto.sha256(Uint8Array.of(i % 3 === 2 ? 0 : ++made >> 8, made));
    const slots = [{ address, value: address }];
    const { provider } = ledger;
    const { envelope } = ledger.serviceTransaction(provider, WriteSlots, { slots }, clock.seconds);
    return engine.submit(envelope).catch(() => undefined);
  });
  await new Promise((resolve) => setImmediate(resolve));
  await makeBlock();
  await Promise.all(sent);
}

describe('the archive of blocks', () => {
  it('has of a block out of the log what it had when the block was new', async () => {
    const started = await start();
    for (const count of [1, 2, 5, 0, 7]) await grow(started, count);
    const { machine } = started;
    const fresh = new BlockArchive(machine, crypto);
    const known = running[0]!.queries;
    for (let height = 1; height <= machine.height; height++) {
      const parts = fresh.receiptParts(height)!;
      const { header } = fresh.lightBlock(height)!;
      expect(header).toEqual(known.lightBlock(height).header);
      expect(parts.transactions).toHaveLength(parts.results.length);
      const next = fresh.lightBlock(height + 1)?.header;
      if (next === undefined) continue;
      for (const [index, { digest }] of parts.transactions.entries()) {
        const claim = { digest, result: parts.results[index]!, proof: parts.proof(index) };
        expect(verifyTransaction(claim, { header, next }, crypto)).toBe(true);
      }
    }
  });

  it('has nothing of heights that are not there', async () => {
    const { machine } = await start();
    const archive = new BlockArchive(machine, crypto);
    for (const height of [0, machine.height + 1, 1_000_000]) {
      expect(archive.lightBlock(height)).toBeUndefined();
      expect(archive.receiptParts(height)).toBeUndefined();
    }
  });

  it('reads and decodes a block once while it is asked for, and keeps a few', async () => {
    const started = await start();
    for (let i = 0; i < ENGINE_LIMITS.receiptBlocksMax + 2; i++) await grow(started, 1);
    const { machine } = started;
    let reads = 0;
    const counted = Object.assign(Object.create(machine), {
      block: (height: number) => {
        reads++;
        return machine.block(height);
      },
    });
    const archive = new BlockArchive(counted, crypto);
    for (let i = 0; i < 5; i++) archive.receiptParts(2);
    expect(reads).toBe(1);
    for (let i = 0; i < 5; i++) archive.lightBlock(2);
    expect(reads).toBe(2);
    for (let height = 3; height <= machine.height; height++) archive.receiptParts(height);
    const before = reads;
    archive.receiptParts(2);
    expect(reads).toBe(before + 1);
  });

  it('gives what it was told to remember, without the log', async () => {
    const { machine, queries } = await start();
    const archive = new BlockArchive(machine, crypto);
    const lightBlock = queries.lightBlock(1);
    const other = { ...lightBlock, header: { ...lightBlock.header, height: 99 } };
    const trees = { dataTree: envelopeTree([], crypto), resultTree: resultTree([], crypto) };
    const transactions: VerifiedTransaction[] = [];
    archive.remember({ lightBlock: other, transactions, results: [], ...trees });
    expect(archive.lightBlock(99)).toBe(other);
    expect(archive.receiptParts(99)!.transactions).toBe(transactions);
    expect(LightBlock.encode(archive.lightBlock(1)!)).toEqual(LightBlock.encode(lightBlock));
  });
});
