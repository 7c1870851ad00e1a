import { slotsState, WriteSlots, writtenSlot } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import {
  type SimulatedEngineOptions,
  startSimulatedEngine,
  TestClock,
} from '@ward/testkit/simulated-engine';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineQueries } from '../queries/engine-queries.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, realm, genesis } = ledger;
const random = seededRandom(8);
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop();
});

/** An engine on a disk of its own, that can be started again on it. */
async function start(options: Partial<SimulatedEngineOptions>) {
  const disk = new SimulatedDisk({ random: seededRandom(1) });
  const clock = new TestClock();
  const pruned: number[] = [];
  const onPruned = (oldest: number) => pruned.push(oldest);
  const open = async () => {
    const started = await startSimulatedEngine({ disk, ledger, clock, onPruned, ...options });
    running.push(started.engine);
    return started;
  };
  return { ...(await open()), disk, clock, pruned, restart: open };
}
type Started = Awaited<ReturnType<typeof start>>;

/** Writes slots in one transaction. @returns One of them. */
async function write({ engine, clock }: Started, count: number): Promise<Uint8Array> {
  const slots = Array.from({ length: count }, () => {
    return { address: random.bytes(32), value: random.bytes(32) };
  });
  const made = ledger.serviceTransaction(provider, WriteSlots, { slots }, clock.seconds);
  await engine.submit(made.envelope);
  return writtenSlot({ organisation: provider.id, address: slots[0]!.address }, realm);
}

/** Empty blocks, so far apart that no id is remembered for long. */
async function idle({ engine, clock }: Started, blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    clock.ms += 5000;
    await engine.makeBlock();
  }
}

describe('pruning', () => {
  it('drops old blocks for good, keeps the newest ones and all of the state', async () => {
    const started = await start({ retainedBlocks: 100 });
    const { engine, machine, archive, pruned, disk } = started;
    const slot = await write(started, 1);
    const files = () => disk.list('/ward/ledger').length;
    const fullest: number[] = [];
    for (let round = 0; round < 5; round++) {
      await idle(started, 100);
      fullest.push(files());
    }
    const oldest = machine.oldestBlock;
    expect(oldest).toBeGreaterThan(machine.height - 126);
    expect(oldest).toBeLessThanOrEqual(machine.height - 99);
    expect(pruned.at(-1)).toBe(oldest);
    // The disk has long stopped to grow.
    expect(Math.max(...fullest.slice(2))).toBeLessThanOrEqual(fullest[1]! + 1);
    const parts = { engine, machine, archive, genesis, crypto };
    const queries = new EngineQueries({
      ...{ ...parts, organisation: provider.id, software: 'ward/test' },
    });
    expect(codeOf(() => queries.block(oldest - 1))).toBe('HEIGHT_NOT_RETAINED');
    expect(queries.block(oldest).block.header.height).toBe(oldest);
    expect(queries.status().oldestHeight).toBe(oldest);
    const root = toHex(machine.appHash);
    await engine.stop();
    const again = await started.restart();
    expect(toHex(again.machine.appHash)).toBe(root);
    expect(again.machine.oldestBlock).toBeGreaterThanOrEqual(oldest);
    expect(again.machine.read(slotsState.slots, slot)).not.toBeNull();
  });

  it('goes on while there are transactions in every block', async () => {
    const started = await start({ retainedBlocks: 40 });
    const { machine, clock } = started;
    const first = await write(started, 3);
    for (let i = 0; i < 60; i++) {
      clock.ms += 60_000;
      await write(started, 1);
    }
    expect(machine.height - machine.oldestBlock).toBeLessThanOrEqual(51);
    expect(machine.read(slotsState.slots, first)).not.toBeNull();
  });

  it('does not try again and again to drop blocks whose ids are remembered', async () => {
    const { machine, engine, pruned } = await start({ retainedBlocks: 8 });
    const sizes: number[] = [];
    for (let i = 0; i < 20; i++) {
      await engine.makeBlock();
      sizes.push(machine.stats().logBytes);
    }
    // Time stands still: all blocks lie within the minutes that are remembered.
    expect(pruned).toEqual([]);
    expect(machine.oldestBlock).toBe(1);
    const growth = sizes.slice(1).map((size, i) => size - sizes[i]!);
    const block = Math.min(...growth);
    // A try leaves a checkpoint behind.
    const tries = growth.filter((bytes) => bytes > 1.3 * block).length;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(7);
  });

  it('keeps every block unless it is told otherwise', async () => {
    const started = await start({});
    await idle(started, 80);
    expect(started.machine.oldestBlock).toBe(1);
    expect(started.pruned).toEqual([]);
  });
});

describe('checkpoints', () => {
  const records = ({ machine }: Started) => machine.stats().recordsSinceCheckpoint;

  it('come after enough records, and as many as there are keys', async () => {
    const started = await start({ checkpointRecords: 300 });
    await write(started, 200);
    expect(records(started)).toBeGreaterThan(200);
    await write(started, 200);
    expect(records(started)).toBe(0);
    // By now there are more keys than that.
    await write(started, 350);
    expect(records(started)).toBeGreaterThan(350);
  });

  it('of many keys are written in parts, with blocks between where blocks are due', async () => {
    const started = await start({ checkpointRecords: 9000 });
    for (let i = 0; i < 12; i++) await write(started, 1000);
    const slot = await write(started, 1);
    while (records(started) >= 9000) await started.engine.makeBlock();
    const root = toHex(started.machine.appHash);
    await started.engine.stop();
    const { machine } = await started.restart();
    expect(toHex(machine.appHash)).toBe(root);
    expect(machine.stats().recordsSinceCheckpoint).toBeLessThan(9000);
    expect(machine.read(slotsState.slots, slot)).not.toBeNull();
  });

  it('come after enough blocks, though nothing was written', async () => {
    const started = await start({ checkpointBlocks: 5 });
    const { machine } = started;
    const sizes: number[] = [];
    for (let i = 0; i < 16; i++) {
      await idle(started, 1);
      sizes.push(machine.stats().logBytes);
    }
    const growth = sizes.slice(1).map((size, i) => size - sizes[i]!);
    const block = Math.min(...growth);
    const places = growth.flatMap((bytes, i) => (bytes > 1.3 * block ? i : []));
    expect(places.length).toBeGreaterThanOrEqual(2);
    for (const [i, place] of places.slice(1).entries()) expect(place - places[i]!).toBe(5);
  });

  it('wait under load, and not for ever', async () => {
    const started = await start({ checkpointRecords: 100, blocks: 'manual' });
    const waiting = Array.from({ length: 2_100 }, () => write(started, 1));
    await new Promise((resolve) => setImmediate(resolve));
    // More than a block's worth waits, so that the first one is followed by another.
    await started.engine.makeBlock();
    expect(records(started)).toBeGreaterThan(2000);
    await started.engine.makeBlock();
    expect(records(started)).toBe(0);
    await Promise.all(waiting);
  });
});
