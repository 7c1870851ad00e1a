import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { compareBytes, headerHash, type Seconds } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OfferedSnapshot, SnapshotStore } from '../snapshots/snapshot-store.ts';
import { VolatileStorage } from '../storage/durable-storage.ts';
import type { RequestOf } from './abci-messages.ts';
import { BlockContainers } from './container-archive.ts';
import { SnapshotCalls } from './snapshot-calls.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis } = ledger;
const ACCEPT = 1;
const HEIGHTS = 6;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-calls-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A node's calls over a ledger and its own store. */
function build(name: string) {
  const storage = new VolatileStorage();
  const machine = StateMachine.open({ storage, crypto, genesis });
  const snapshots = new SnapshotStore(join(folder, name), crypto);
  const joined: number[] = [];
  const onJoined = (height: number) => joined.push(height);
  const calls = new SnapshotCalls({ machine, storage, snapshots, onJoined, crypto });
  return { calls, machine, snapshots, joined };
}
type Node = ReturnType<typeof build>;

let made = 0;
function writeSlots(time: Seconds) {
  const slots = Array.from({ length: 50 }, () => {
    const address = crypto.sha256(Buffer.from(`call ${made++}`));
    return { address, value: address };
  }).sort((a, b) => compareBytes(a.address, b.address));
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
}

/** A node with some blocks, and a snapshot of the last one in many chunks. */
function elder(): Node {
  const node = build('elder');
  const { machine, snapshots } = node;
  for (let height = 1; height <= HEIGHTS; height++) {
    const time = TEST_TIME + height;
    machine.execute({ height, time, transactions: [writeSlots(time)] });
    machine.commit({ lightBlock: new Uint8Array(4) });
  }
  const maker = machine.snapshots.make(4000);
  const writer = snapshots.begin(HEIGHTS);
  for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) writer.add(chunk);
  writer.finish({ snapshot: maker.snapshot, header: headerAt(HEIGHTS) });
  return node;
}

function headerAt(height: number) {
  const validators = testValidators([1], { seed: 4, crypto });
  const time = { seconds: TEST_TIME + height, nanos: 5 };
  const { chain } = genesis;
  return signLightBlock({ chain, height, time, validators, signers: validators }, crypto).header;
}

type Offer = NonNullable<RequestOf<'offerSnapshot'>['snapshot']>;

function offerOf({ calls, machine }: Node): RequestOf<'offerSnapshot'> & { snapshot: Offer } {
  return { snapshot: calls.list().snapshots![0]!, appHash: machine.appHash };
}

function chunkOf({ calls }: Node, chunk: number): Uint8Array {
  return calls.load({ height: BigInt(HEIGHTS), format: 1, chunk }).bytes!;
}

describe('the calls of state sync', () => {
  it('hand over a snapshot, chunk by chunk, and tell when it is durable', async () => {
    const [old, young] = [elder(), build('young')];
    const offer = offerOf(old);
    expect(young.calls.offer(offer)).toEqual({ status: ACCEPT });
    expect(offer.snapshot.chunks).toBeGreaterThan(4);
    for (let index = 0; index < offer.snapshot.chunks; index++) {
      expect(young.joined).toEqual([]);
      const request = { index, chunk: chunkOf(old, index), sender: 'a' };
      expect(await young.calls.apply(request)).toEqual({ status: ACCEPT });
    }
    expect(young.joined).toEqual([HEIGHTS]);
    expect(young.machine.appHash).toEqual(old.machine.appHash);
    expect(young.machine.height).toBe(HEIGHTS);
    const { lightBlock } = young.machine.snapshots.joined!;
    const { block } = BlockContainers.decode(lightBlock);
    expect(block).toEqual(headerHash(headerAt(HEIGHTS), crypto));
    expect(await young.calls.apply({ index: 0, chunk: chunkOf(old, 0), sender: 'a' })).toEqual({
      status: 2,
    });
  });

  it('refuse a wrong chunk at once, ask others for it, and name who sent it', async () => {
    const [old, young] = [elder(), build('young')];
    const offer = offerOf(old);
    young.calls.offer(offer);
    for (let index = 0; index < offer.snapshot.chunks; index++) {
      const wrong = chunkOf(old, index).slice();
      wrong[wrong.length - 1]! ^= 1;
      if (index < 5) {
        expect(await young.calls.apply({ index, chunk: wrong, sender: `liar ${index}` })).toEqual({
          ...{ status: 3, refetchChunks: [index], rejectSenders: [`liar ${index}`] },
        });
      }
      await young.calls.apply({ index, chunk: chunkOf(old, index), sender: 'a' });
      // CometBFT sends again what a liar had sent as well, though it was right.
      const again = { index, chunk: wrong, sender: 'a' };
      if (index + 1 < offer.snapshot.chunks) {
        expect(await young.calls.apply(again)).toEqual({ status: ACCEPT });
      }
    }
    expect(young.joined).toEqual([HEIGHTS]);
    expect(young.machine.appHash).toEqual(old.machine.appHash);
  });

  it('give up a snapshot of which no right chunk comes, and take another one', async () => {
    const [old, young] = [elder(), build('young')];
    const offer = offerOf(old);
    young.calls.offer(offer);
    const statuses: unknown[] = [];
    for (let i = 0; i < 9; i++) {
      const answer = await young.calls.apply({ index: 0, chunk: new Uint8Array(i), sender: 'x' });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([3, 3, 3, 3, 3, 3, 3, 5, 2]);
    expect(young.calls.offer(offer)).toEqual({ status: ACCEPT });
    for (let index = 0; index < offer.snapshot.chunks; index++) {
      await young.calls.apply({ index, chunk: chunkOf(old, index), sender: 'a' });
    }
    expect(young.machine.appHash).toEqual(old.machine.appHash);
  });

  it('take no offer that is not of the block whose app hash is trusted', () => {
    const [old, young] = [elder(), build('young')];
    const offer = offerOf(old);
    const { snapshot, header } = OfferedSnapshot.decode(offer.snapshot.metadata);
    const tried = (change: Partial<Offer>, appHash = offer.appHash) =>
      young.calls.offer({ snapshot: { ...offer.snapshot, ...change }, appHash }).status;
    const said = (change: object) => OfferedSnapshot.encode({ snapshot, header, ...change });
    expect(tried({ format: 2 })).toBe(4);
    expect(tried({ metadata: new Uint8Array(3) })).toBe(5);
    expect(tried({ chunks: offer.snapshot.chunks + 1 })).toBe(5);
    expect(tried({ height: 7n })).toBe(5);
    expect(tried({}, crypto.sha256(offer.appHash))).toBe(5);
    expect(tried({ metadata: said({ header: headerAt(HEIGHTS + 1) }) })).toBe(5);
    expect(tried({ metadata: said({ header: { ...header, chain: 'other' } }) })).toBe(5);
    const time = snapshot.time + 1;
    expect(tried({ metadata: said({ snapshot: { ...snapshot, time } }) })).toBe(5);
    expect(young.calls.offer({ snapshot: undefined, appHash: offer.appHash }).status).toBe(4);
    expect(tried({})).toBe(ACCEPT);
    const { machine } = old;
    const ahead = TEST_TIME + HEIGHTS + 1;
    machine.execute({ height: HEIGHTS + 1, time: ahead, transactions: [] });
    machine.commit({ lightBlock: new Uint8Array(4) });
    expect(old.calls.offer(offer).status).toBe(3);
  });

  it('have nothing where a node keeps no snapshots', () => {
    const storage = new VolatileStorage();
    const machine = StateMachine.open({ storage, crypto, genesis });
    const calls = new SnapshotCalls({ machine, storage, crypto });
    expect(calls.list()).toEqual({ snapshots: [] });
    expect(calls.load({ height: 1n, format: 1, chunk: 0 })).toEqual({});
    expect(calls.load({ height: 1n, format: 2, chunk: 0 })).toEqual({});
  });
});
