import {
  getStatus,
  Slot,
  slotKey,
  slotsState,
  streamBlocks,
  VerifiedLedger,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { callEndpoint, callEvents, hasCode, type LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { startMemoryNode } from '@ward/testkit/memory-node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

class TestClock {
  ms = TEST_TIME * 1000 + 5000;
  nowMs(): number {
    return this.ms;
  }
}

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
});

async function startNode(blocks: 'automatic' | 'manual' = 'automatic') {
  const clock = new TestClock();
  const { provider, genesis, validatorSeed } = ledger;
  const carrier = { account: provider.id, service: provider.service };
  const node = await startMemoryNode({ genesis, validatorSeed, carrier, clock, crypto, blocks });
  running.push(node);
  const nodes = [node.transport];
  const verified = new VerifiedLedger({ networkFile: node.networkFile, nodes, clock, crypto });
  return { ...node, clock, verified };
}

let addresses = 0;
function writeOne(clock: TestClock) {
  const address = crypto.sha256(Buffer.from(`address ${addresses++}`));
  const value = crypto.sha256(address);
  const time = Math.floor(clock.ms / 1000);
  const message = { slots: [{ address, value }] };
  const { envelope, id } = ledger.serviceTransaction(ledger.provider, WriteSlots, message, time);
  const slot = writtenSlot({ organisation: ledger.provider.id, address }, ledger.realm);
  return { envelope, id, slot, value };
}

describe('a ledger in memory', () => {
  it('takes a transaction, proves its receipt and its slot to a light client', async () => {
    const { queries, verified, clock, engine } = await startNode();
    const { envelope, id, slot, value } = writeOne(clock);
    const receipt = await queries.submit(envelope);
    expect(receipt.transaction).toEqual(id);
    expect(receipt.result.code).toBe(0);
    await verified.verifyReceipt(receipt);
    const state = await verified.prove([slotKey(slot)]);
    expect(state.record(Slot, slotKey(slot))).toEqual({ value, time: TEST_TIME + 5 });
    expect(state.height).toBe(receipt.block.header.height);
    expect(engine.newest?.header.height).toBe(3);
  });

  it('answers the same transaction again with the same receipt', async () => {
    const { queries, clock } = await startNode();
    const { envelope } = writeOne(clock);
    const receipts = await Promise.all([1, 2, 3].map(() => queries.submit(envelope)));
    receipts.push(await queries.submit(envelope));
    expect(new Set(receipts.map(({ block }) => block.header.height)).size).toBe(1);
    for (const receipt of receipts) expect(receipt).toEqual(receipts[0]);
  });

  it('makes the same blocks of the same calls', async () => {
    const hashes: Uint8Array[][] = [];
    const start = addresses;
    for (let run = 0; run < 2; run++) {
      addresses = start;
      const same = new TestLedger(crypto);
      const { engine, makeBlock, clock } = await startNode('manual');
      const seen: LightBlock[] = [];
      engine.onBlock((block) => seen.push(block));
      for (let round = 0; round < 5; round++) {
        clock.ms += 1000;
        const time = Math.floor(clock.ms / 1000);
        for (let i = 0; i < round; i++) {
          const slots = [
            { address: crypto.sha256(Uint8Array.of(round, i)), value: same.realm.network },
          ];
          const made = same.serviceTransaction(same.provider, WriteSlots, { slots }, time);
          void engine.submit(made.envelope);
        }
        await Promise.resolve();
        await makeBlock();
      }
      hashes.push(seen.map((block) => block.commit.block.hash));
    }
    expect(hashes[0]).toHaveLength(5);
    expect(hashes[0]).toEqual(hashes[1]);
  });

  it('refuses what a node must refuse, with its code', async () => {
    const { queries, clock, makeBlock } = await startNode();
    const { envelope } = writeOne(clock);
    const altered = envelope.slice();
    altered[altered.length - 1]! ^= 1;
    expect(await codeOfAsync(() => queries.submit(altered))).toBe('TRANSACTION_SIGNATURE');
    clock.ms += 61_000;
    // It might wait at another node, until a block shows that its time has passed.
    const expired = codeOfAsync(() => queries.submit(envelope));
    await makeBlock();
    expect(await expired).toBe('TRANSACTION_EXPIRED');
    expect(await codeOfAsync(() => queries.receipt(new Uint8Array(32)))).toBe(
      'TRANSACTION_UNKNOWN',
    );
  });

  it('streams every block once, from the log and then live, until it stops', async () => {
    const { transport, makeBlock, stop } = await startNode('manual');
    await makeBlock();
    await makeBlock();
    const heights: number[] = [];
    const options = { params: {}, query: { from: 2 }, body: null };
    const reading = (async () => {
      for await (const { header } of callEvents(streamBlocks, options, transport)) {
        heights.push(header.height);
      }
    })();
    for (let i = 0; i < 4; i++) await makeBlock();
    while (heights.length < 6) await new Promise((resolve) => setImmediate(resolve));
    await stop();
    await reading;
    expect(heights).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('shows a stale ledger as stale, and a fresh one after the next block', async () => {
    const { verified, makeBlock, clock } = await startNode('manual');
    await verified.head();
    clock.ms += 100_000;
    await expect(verified.head()).rejects.toSatisfy((error) => hasCode(error, 'LEDGER_STALE'));
    await makeBlock();
    expect((await verified.head()).header.time.seconds).toBe(TEST_TIME + 105);
    expect(await verified.read(slotsState.slots, new Uint8Array(32))).toBeNull();
  });

  it('says where it stands', async () => {
    const { transport } = await startNode();
    const status = await callEndpoint(getStatus, { params: {}, query: {}, body: null }, transport);
    expect(status).toMatchObject({ engine: 'embedded', height: 1, oldestHeight: 1 });
  });
});
