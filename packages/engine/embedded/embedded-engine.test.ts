import type { VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import type { LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { HeldDisk } from '@ward/testkit/held-disk';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import {
  type SimulatedEngineOptions,
  startSimulatedEngine,
  TestClock,
} from '@ward/testkit/simulated-engine';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { ENGINE_LIMITS } from '../limits.ts';
import { FileSigningGuard } from './signing-guard.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const GUARD = '/ward/validator-state';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop();
});

async function start(options: Partial<SimulatedEngineOptions> = {}) {
  const simulated = new SimulatedDisk({ random: seededRandom(1) });
  const disk = new HeldDisk(options.disk ?? simulated);
  const clock = options.clock ?? new TestClock();
  const own = await startSimulatedEngine({ ledger, ...options, disk, clock });
  running.push(own.engine);
  return { ...own, disk, simulated, clock };
}

let made = 0;
function transaction(clock = new TestClock()): VerifiedTransaction {
  const address = crypto.sha256(Buffer.from(`engine ${made++}`));
  const message = { slots: [{ address, value: address }] };
  return ledger.serviceTransaction(ledger.provider, WriteSlots, message, clock.seconds);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('the embedded engine', () => {
  it('shows and answers nothing before the log, and then the guard, are durable', async () => {
    const { engine, machine, disk } = await start();
    const shown: LightBlock[] = [];
    engine.onBlock((block) => shown.push(block));
    disk.hold();
    let isAnswered = false;
    const answered = engine.submit(transaction().envelope).then(() => {
      isAnswered = true;
    });
    const recorded = () => new FileSigningGuard(GUARD, disk).last?.height;
    await until(() => disk.heldCount === 1);
    await pause(10);
    // Executed, proved by a second block, and in the log; the log's sync is what waits.
    expect(machine.height).toBe(3);
    expect([engine.newest?.header.height, shown.length, isAnswered]).toEqual([1, 0, false]);
    expect(recorded()).toBe(1);
    disk.releaseOne();
    // Now the guard's own sync.
    await until(() => disk.heldCount === 1);
    await pause(10);
    expect([engine.newest?.header.height, shown.length, isAnswered]).toEqual([1, 0, false]);
    disk.releaseAll();
    await answered;
    expect(engine.newest?.header.height).toBe(3);
    expect(recorded()).toBe(3);
    expect(shown.map(({ header }) => header.height)).toEqual([2, 3]);
  });

  it('executes the next blocks while one is on its way to the disk, a few at most', async () => {
    const { engine, machine, disk } = await start();
    disk.hold();
    const answers: Promise<unknown>[] = [];
    for (let round = 0; round < 8; round++) {
      answers.push(engine.submit(transaction().envelope));
      await pause(15);
    }
    expect(machine.height).toBeGreaterThan(3);
    expect(machine.height).toBeLessThanOrEqual(1 + ENGINE_LIMITS.undurableBlocksMax + 1);
    disk.releaseAll();
    await Promise.all(answers);
  });

  it('proves a lone transaction in the same flush', async () => {
    const { engine, simulated } = await start();
    const operations: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = simulated.operations;
      const { height } = await engine.submit(transaction().envelope);
      expect(engine.newest?.header.height).toBe(height + 1);
      operations.push(simulated.operations - before);
    }
    // Log and guard, a write and a sync each; more where a new file of the log begins.
    expect(Math.min(...operations)).toBe(4);
  });

  it('takes what came meanwhile into one block', async () => {
    const { engine, disk } = await start();
    disk.hold();
    const first = engine.submit(transaction().envelope);
    await until(() => disk.heldCount === 1);
    const others = Array.from({ length: 200 }, () => engine.submit(transaction().envelope));
    await pause(60);
    disk.releaseAll();
    const heights = new Set((await Promise.all(others)).map(({ height }) => height));
    expect(heights.size).toBeLessThanOrEqual(3);
    await first;
  });

  it('makes a block now and then when nothing comes', async () => {
    const { engine } = await start({ idleBlockMs: 10 });
    const heights: number[] = [];
    engine.onBlock(({ header }) => heights.push(header.height));
    await until(() => heights.length === 3);
    expect(heights).toEqual([2, 3, 4]);
  });

  it('goes on in time whatever the clock does', async () => {
    const { engine, machine, clock } = await start();
    const seconds: number[] = [];
    for (const jump of [0, 3_600_000, -7_200_000, -1, 0, 31 * 24 * 3_600_000]) {
      clock.ms += jump;
      const { header } = await engine.makeBlock();
      seconds.push(header.time.seconds);
    }
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    expect(seconds.at(-1)).toBe(clock.seconds);
    expect(machine.time).toBe(clock.seconds);
    const { result } = await engine.submit(transaction(clock).envelope);
    expect(result.code).toBe(0);
  });

  it('finishes what waits when it is stopped', async () => {
    const { engine } = await start();
    const answers = Array.from({ length: 50 }, () => engine.submit(transaction().envelope));
    // Verified and waiting, not in a block yet.
    await Promise.resolve();
    await engine.stop();
    const results = await Promise.all(answers);
    expect(results.every(({ result }) => result.code === 0)).toBe(true);
    expect(await codeOfAsync(() => engine.makeBlock())).toBe('ENGINE_STOPPED');
  });
});

describe('the embedded engine on a full disk', () => {
  it('refuses what it has not taken, loses nothing it has, and goes on with space', async () => {
    const { engine, simulated, machine } = await start();
    await engine.submit(transaction().envelope);
    simulated.capacityBytes = 0;
    const before = machine.height;
    let isAnswered = false;
    const taken = engine.submit(transaction().envelope).then((answer) => {
      isAnswered = true;
      return answer;
    });
    await until(() => machine.height > before);
    await pause(20);
    const height = machine.height;
    expect(await codeOfAsync(() => engine.submit(transaction().envelope))).toBe('DISK_FULL');
    await pause(20);
    expect([machine.height, isAnswered]).toEqual([height, false]);
    simulated.capacityBytes = Number.POSITIVE_INFINITY;
    expect((await taken).result.code).toBe(0);
    expect((await engine.submit(transaction().envelope)).result.code).toBe(0);
  });

  it('can be stopped, and starts again with all that was answered', async () => {
    const { engine, simulated } = await start();
    const { id } = await engine.submit(transaction().envelope);
    simulated.capacityBytes = 0;
    const lost = codeOfAsync(() => engine.submit(transaction().envelope));
    await pause(10);
    await engine.stop();
    expect(await lost).toBe('ENGINE_STOPPED');
    simulated.capacityBytes = Number.POSITIVE_INFINITY;
    const again = await start({ disk: simulated });
    expect(again.machine.find(id)?.height).toBe(2);
    expect((await again.engine.submit(transaction().envelope)).result.code).toBe(0);
  });
});

describe('the embedded engine on a broken disk', () => {
  it('halts, says why, and has everything that was answered when it is started again', async () => {
    const random = seededRandom(1);
    const simulated = new SimulatedDisk({ random, brokenAt: 30 });
    const { engine } = await start({ disk: simulated });
    const answered: Uint8Array[] = [];
    let code: string | undefined;
    while (code === undefined) {
      const { envelope, id } = transaction();
      code = await codeOfAsync(() => engine.submit(envelope));
      if (code === undefined) answered.push(id);
    }
    expect(code).toBe('ENGINE_STOPPED');
    expect(await engine.halted).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await codeOfAsync(() => engine.submit(transaction().envelope))).toBe('ENGINE_STOPPED');
    await engine.stop();
    const again = await start({ disk: simulated });
    expect(answered.length).toBeGreaterThan(2);
    for (const id of answered) expect(again.machine.find(id)).toBeDefined();
  });
});

describe('the key of the embedded engine', () => {
  const snapshot = (disk: SimulatedDisk) =>
    disk.list('/ward/ledger').map((name) => [name, disk.load(`/ward/ledger/${name}`)!] as const);

  it('signs nothing when an older copy of the ledger was restored', async () => {
    const { engine, simulated } = await start();
    await engine.submit(transaction().envelope);
    await engine.stop();
    const older = snapshot(simulated);
    const second = await start({ disk: simulated });
    await second.engine.submit(transaction().envelope);
    await second.engine.stop();
    for (const [name] of snapshot(simulated)) simulated.remove(`/ward/ledger/${name}`);
    for (const [name, bytes] of older) simulated.replace(`/ward/ledger/${name}`, bytes);
    expect(await codeOfAsync(() => start({ disk: simulated }))).toBe('SIGNED_AHEAD');
  });

  it('signs nothing on another ledger of the same key', async () => {
    const first = await start();
    const clock = new TestClock();
    clock.ms += 1000;
    const second = await start({ clock });
    await first.engine.makeBlock();
    for (let i = 0; i < 4; i++) await second.engine.makeBlock();
    await Promise.all([first.engine.stop(), second.engine.stop()]);
    second.simulated.replace(GUARD, first.simulated.load(GUARD)!);
    expect(await codeOfAsync(() => start({ disk: second.simulated }))).toBe('SIGNED_OTHERWISE');
  });

  it('takes over a block that was durable and not shown', async () => {
    const { engine, simulated } = await start();
    const before = simulated.load(GUARD)!;
    const { id } = await engine.submit(transaction().envelope);
    await engine.stop();
    simulated.replace(GUARD, before);
    const again = await start({ disk: simulated });
    expect(again.machine.find(id)).toBeDefined();
    expect(new FileSigningGuard(GUARD, simulated).last?.height).toBe(again.machine.height);
  });

  it('shows no block of a killed process before it is durable', async () => {
    const { engine, disk, simulated } = await start();
    disk.hold();
    void engine.submit(transaction().envelope).catch(() => {});
    await until(() => disk.heldCount === 1);
    // The process is killed: what it wrote is in the cache of the machine, and not on the disk.
    const second = await start({ disk: simulated });
    const { height } = second.engine.newest!.header;
    expect(height).toBeGreaterThan(3);
    simulated.losePower();
    const third = await start({ disk: simulated.afterPowerLoss() });
    const { commit } = second.archive.lightBlock(height)!;
    expect(third.archive.lightBlock(height)!.commit).toEqual(commit);
    disk.releaseAll();
  });
});
