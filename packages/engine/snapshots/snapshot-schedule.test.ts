import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { type BlockHeader, compareBytes, type Height } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { codeOfAsync } from '@ward/testkit/refusals';
import { endChain, goOn } from '@ward/testkit/sample-promotion';
import { TestChain } from '@ward/testkit/test-chain';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VolatileStorage } from '../storage/durable-storage.ts';
import { SnapshotSchedule } from './snapshot-schedule.ts';
import { SnapshotStore } from './snapshot-store.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis } = ledger;
const validators = testValidators([1], { seed: 4, crypto });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-schedule-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function headerAt(height: Height): BlockHeader {
  const time = { seconds: TEST_TIME + height, nanos: 5 };
  const wanted = { chain: genesis.chain, height, time, validators, signers: validators };
  return signLightBlock(wanted, crypto).header;
}

let made = 0;
function writeSlots(time: number) {
  const slots = Array.from({ length: 20 }, () => {
    const address = crypto.sha256(Buffer.from(`schedule ${made++}`));
    return { address, value: address };
  }).sort((a, b) => compareBytes(a.address, b.address));
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
}

function begin(): StateMachine {
  return StateMachine.open({ storage: new VolatileStorage(), crypto, genesis });
}

/** A node whose headers come when they are let in. */
function build(everyBlocks?: number, machine = begin()) {
  const snapshots = new SnapshotStore(folder, crypto);
  const headers = new Map<Height, BlockHeader>();
  const header = (height: Height) => headers.get(height);
  const schedule = new SnapshotSchedule({ machine, snapshots, header, everyBlocks });
  const block = ({ isShown = true } = {}) => {
    const height = machine.height + 1;
    const time = TEST_TIME + height;
    machine.execute({ height, time, transactions: [writeSlots(time)] });
    machine.commit({ lightBlock: new Uint8Array(1) });
    if (isShown) headers.set(height, headerAt(height));
    schedule.committed(height);
  };
  const heights = () => snapshots.list().map(({ snapshot }) => snapshot.height);
  return { machine, snapshots, schedule, block, heights, headers };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('snapshots beside the blocks', () => {
  it('are made at each multiple of a height, and the newest two are kept', async () => {
    const { schedule, block, heights, machine, snapshots } = build(5);
    for (let i = 1; i <= 17; i++) {
      block();
      if (i % 5 === 0) expect(schedule.isMaking).toBe(true);
      await until(() => !schedule.isMaking);
    }
    expect(heights()).toEqual([15, 10]);
    const [newest] = snapshots.list();
    expect(newest!.header).toEqual(headerAt(15));
    expect(newest!.snapshot.time).toBe(TEST_TIME + 15);
    expect(machine.height).toBe(17);
  });

  it('begin soon where the chain continues another one, at one height on all nodes', async () => {
    const old = new TestChain(ledger);
    for (let i = 0; i < 4; i++) old.block();
    const { machine: next } = goOn(endChain(old));
    const { schedule, block, heights } = build(100, next);
    expect(next.base).toBe(6);
    for (let i = 1; i <= 8; i++) {
      block();
      await until(() => !schedule.isMaking);
      expect(heights()).toEqual(i < 5 ? [] : [11]);
    }
  });

  it('are of the height at which they began, whatever blocks come meanwhile', async () => {
    const { schedule, block, heights, machine, snapshots } = build();
    for (let i = 0; i < 3; i++) block();
    const { appHash } = machine;
    const making = schedule.make();
    for (let i = 0; i < 100; i++) block();
    expect(await making).toBe(3);
    expect(heights()).toEqual([3]);
    expect(snapshots.list()[0]!.snapshot.appHash).toEqual(appHash);
    expect(await schedule.make()).toBe(103);
    expect(heights()).toEqual([103, 3]);
  });

  it('are one at a time: who asks meanwhile waits for the one that is being made', async () => {
    const { schedule, block, heights } = build();
    block();
    const both = Promise.all([schedule.make(), schedule.make()]);
    block();
    expect(await both).toEqual([1, 1]);
    expect(heights()).toEqual([1]);
  });

  it('wait for the header of their block', async () => {
    const { schedule, block, heights, headers } = build();
    block({ isShown: false });
    const making = schedule.make();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(heights()).toEqual([]);
    headers.set(1, headerAt(1));
    expect(await making).toBe(1);
    expect(heights()).toEqual([1]);
  });

  it('are given up by a stop, which leaves nothing that others could take', async () => {
    const { schedule, block, heights } = build();
    block({ isShown: false });
    const making = schedule.make();
    await schedule.stop();
    expect(await making).toBeUndefined();
    expect(heights()).toEqual([]);
    expect(new SnapshotStore(folder, crypto).list()).toEqual([]);
  });

  it('are none of a ledger that has but its genesis, or where none are wanted', async () => {
    const { schedule, block, heights } = build();
    expect(await codeOfAsync(() => schedule.make())).toBe('SNAPSHOT_NOT_READY');
    for (let i = 0; i < 10; i++) block();
    expect(schedule.isMaking).toBe(false);
    expect(heights()).toEqual([]);
  });
});
