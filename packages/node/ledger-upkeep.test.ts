import { createMemoryEngine, type MemoryEngine } from '@ward/engine';
import { slotsState, WriteSlots, writtenSlot } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { LedgerUpkeep } from './ledger-upkeep.ts';
import { NODE_LIMITS, type NodeLimits } from './limits.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, realm } = ledger;
const random = seededRandom(8);

const running: { stop(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

async function start(limits: Partial<NodeLimits>) {
  const clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
  const memory = await createMemoryEngine({ ...ledger, clock, crypto });
  const { machine } = memory;
  const pruned: number[] = [];
  const upkeep = new LedgerUpkeep({
    ...{ machine, limits: { ...NODE_LIMITS, ...limits } },
    onPruned: (oldest) => pruned.push(oldest),
  });
  running.push(memory, { stop: () => upkeep.close() });
  return { ...memory, clock, upkeep, pruned };
}

/** Writes slots in one transaction. @returns One of them. */
async function write({ queries }: MemoryEngine, clock: { ms: number }, count: number) {
  const slots = Array.from({ length: count }, () => ({
    ...{ address: random.bytes(32), value: random.bytes(32) },
  }));
  const now = Math.floor(clock.ms / 1000);
  const { envelope } = ledger.serviceTransaction(provider, WriteSlots, { slots }, now);
  await queries.submit(envelope);
  return writtenSlot({ organisation: provider.id, address: slots[0]!.address }, realm);
}

describe('upkeep of a ledger', () => {
  it('makes a checkpoint after enough records, as many as there are keys', async () => {
    const node = await start({ checkpointRecordsMin: 300 });
    await write(node, node.clock, 200);
    node.upkeep.run();
    expect(node.machine.stats().recordsSinceCheckpoint).toBeGreaterThan(200);
    await write(node, node.clock, 200);
    node.upkeep.run();
    expect(node.machine.stats().recordsSinceCheckpoint).toBe(0);
    await write(node, node.clock, 301);
    node.upkeep.run();
    // By now there are more keys than records since.
    expect(node.machine.stats().recordsSinceCheckpoint).toBeGreaterThan(300);
  });

  it('makes a checkpoint after enough blocks, though nothing was written', async () => {
    const { upkeep, makeBlock, machine } = await start({ checkpointBlocksMax: 5 });
    const before = machine.stats().logBytes;
    for (let i = 0; i < 4; i++) await makeBlock();
    const blockBytes = (machine.stats().logBytes - before) / 4;
    const { logBytes } = machine.stats();
    upkeep.run();
    expect(machine.stats().logBytes).toBe(logBytes);
    await makeBlock();
    upkeep.run();
    expect(machine.stats().logBytes).toBeGreaterThan(logBytes + blockBytes);
  });

  it('drops old blocks where so many are to be kept, and no state with them', async () => {
    const node = await start({ keptBlocks: 40 });
    const slot = await write(node, node.clock, 3);
    for (let i = 0; i < 60; i++) {
      node.clock.ms += 60_000;
      await write(node, node.clock, 1);
    }
    const { machine, queries, pruned } = node;
    node.upkeep.run();
    expect(machine.height - machine.oldestBlock).toBeLessThanOrEqual(50);
    expect(pruned).toEqual([machine.oldestBlock]);
    expect(codeOf(() => queries.block(2))).toBe('HEIGHT_NOT_RETAINED');
    expect(queries.block(machine.oldestBlock + 1).block.header.height).toBeGreaterThan(2);
    expect(machine.read(slotsState.slots, slot)).not.toBeNull();
    node.upkeep.run();
    expect(pruned).toHaveLength(1);
  });

  it('does not try again and again to drop blocks that the last states hold', async () => {
    const { upkeep, makeBlock, machine, pruned } = await start({ keptBlocks: 8 });
    for (let i = 0; i < 20; i++) await makeBlock();
    for (let i = 0; i < 5; i++) upkeep.run();
    expect(pruned).toHaveLength(1);
    expect(machine.oldestBlock).toBeLessThan(8);
    await makeBlock();
    upkeep.run();
    expect(pruned).toHaveLength(1);
    await makeBlock();
    await makeBlock();
    upkeep.run();
    expect(pruned).toHaveLength(2);
  });

  it('keeps every block unless it is told otherwise', async () => {
    const { upkeep, makeBlock, machine, pruned } = await start({});
    for (let i = 0; i < 30; i++) await makeBlock();
    upkeep.run();
    expect(machine.oldestBlock).toBe(1);
    expect(pruned).toEqual([]);
  });
});
