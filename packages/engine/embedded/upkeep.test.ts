import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import { startSimulatedEngine, TestClock } from '@ward/testkit/simulated-engine';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { EngineQueries } from '../queries/engine-queries.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

describe('pruning', () => {
  it('drops old blocks for good, keeps the newest ones and all of the state', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(1) });
    const clock = new TestClock();
    const options = { disk, ledger, clock, retainedBlocks: 100 };
    let { engine, machine, archive } = await startSimulatedEngine(options);
    const address = crypto.sha256(Uint8Array.of(1));
    const message = { slots: [{ address, value: address }] };
    const { provider } = ledger;
    const made = ledger.serviceTransaction(provider, WriteSlots, message, clock.seconds);
    await engine.submit(made.envelope);
    const files = () => disk.list('/home/ledger').length;
    const fullest = { files: 0 };
    for (let i = 0; i < 500; i++) {
      clock.ms += 5000;
      await engine.makeBlock();
      fullest.files = Math.max(fullest.files, files());
    }
    const oldest = machine.oldestBlock;
    expect(oldest).toBeGreaterThan(300);
    expect(oldest).toBeLessThanOrEqual(machine.height - 99);
    expect(files()).toBeLessThan(fullest.files + 1);
    const { genesis } = ledger;
    const identity = { organisation: provider.id, software: 'ward/test' };
    const parts = { engine, machine, archive, genesis, crypto, ...identity };
    const queries = new EngineQueries(parts);
    expect(codeOf(() => queries.block(oldest - 1))).toBe('HEIGHT_NOT_RETAINED');
    expect(queries.block(oldest).block.header.height).toBe(oldest);
    expect(queries.status().oldestHeight).toBe(oldest);
    const root = machine.appHash;
    await engine.stop();
    ({ engine, machine, archive } = await startSimulatedEngine(options));
    expect(machine.appHash).toEqual(root);
    expect(machine.oldestBlock).toBe(oldest);
    expect(machine.stats().keys).toBeGreaterThan(7);
    await engine.stop();
  });
});
