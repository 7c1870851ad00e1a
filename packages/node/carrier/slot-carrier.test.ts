import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryEngine, type MemoryEngine } from '@ward/engine';
import {
  type CarriedSlot,
  carriedSlot,
  signCarriedSlot,
  slotKey,
  slotsState,
} from '@ward/ledger/schema';
import { parseTransaction, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { silentLog } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { NODE_LIMITS, type NodeLimits } from '../limits.ts';
import { SlotCarrier } from './slot-carrier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, realm, genesis } = ledger;
const clock = { nowMs: () => TEST_TIME * 1000 + 5000 };
const random = seededRandom(3);

const running: MemoryEngine[] = [];
afterEach(async () => {
  for (const memory of running.splice(0)) await memory.stop();
});

function newSlot(value = random.bytes(32), seed = random.bytes(32)): CarriedSlot {
  return signCarriedSlot({ value, keyPair: crypto.ed25519.keyPair(seed) }, realm);
}

async function startCarrier(
  limits: Partial<NodeLimits> = {},
  blocks: 'automatic' | 'manual' = 'automatic',
) {
  const memory = await createMemoryEngine({ ...ledger, clock, crypto, blocks });
  running.push(memory);
  const { machine, queries } = memory;
  const sent: Uint8Array[] = [];
  const options = {
    ...{ account: provider.id, service: provider.service, realm, chain: genesis.chain },
    ...{ clock, random, log: silentLog, limits: { ...NODE_LIMITS, ...limits } },
    isWritten: (slot: Uint8Array) => machine.read(slotsState.slots, slot) !== null,
    submit: (envelope: Uint8Array) => {
      sent.push(envelope);
      return queries.submit(envelope);
    },
  };
  return { ...memory, options, carrier: new SlotCarrier(options), sent };
}

/** Blocks with pauses in which transactions come. */
async function makeBlocks({ makeBlock }: Pick<MemoryEngine, 'makeBlock'>, count: number) {
  for (let i = 0; i < count; i++) {
    await pause(15);
    await makeBlock();
  }
}

function messagesOf(envelope: Uint8Array): number {
  return parseTransaction(envelope, crypto).body.messages.length;
}

describe('the carrier of slots', () => {
  it('carries slots that come together in one transaction, with one receipt', async () => {
    const { carrier, sent, machine } = await startCarrier();
    const slots = [1, 2, 3, 4, 5].map(() => newSlot());
    const receipts = await Promise.all(slots.map((slot) => carrier.carry(slot)));
    expect(sent.map(messagesOf)).toEqual([5]);
    expect(new Set(receipts.map(({ transaction }) => toHex(transaction))).size).toBe(1);
    expect(receipts.every(({ result }) => result.code === 0)).toBe(true);
    for (const { pk, value } of slots) {
      expect(machine.read(slotsState.slots, carriedSlot(pk, realm))?.value).toEqual(value);
    }
  });

  it('orders the slots of a transaction by their keys, not by who came first', async () => {
    const { carrier, sent } = await startCarrier();
    const slots = [1, 2, 3, 4, 5, 6].map(() => newSlot());
    slots.sort((a, b) => Buffer.compare(b.pk, a.pk));
    await Promise.all(slots.map((slot) => carrier.carry(slot)));
    const { messages } = parseTransaction(sent[0]!, crypto).body;
    const bodies = messages.map(({ body }) => toHex(body));
    expect(bodies).toEqual(bodies.toSorted());
  });

  it('sends a full transaction at once and the rest behind it', async () => {
    const { carrier, sent } = await startCarrier({ carriedPerTransactionMax: 4 });
    await Promise.all(Array.from({ length: 10 }, () => carrier.carry(newSlot())));
    expect(sent.map(messagesOf)).toEqual([4, 4, 2]);
  });

  it('refuses a signature that does not fit, and no other slot with it', async () => {
    const { carrier, sent } = await startCarrier();
    const good = newSlot();
    const bad = { ...newSlot(), value: random.bytes(32) };
    const [code, receipt] = await Promise.all([
      codeOfAsync(() => carrier.carry(bad)),
      carrier.carry(good),
    ]);
    expect(code).toBe('SLOT_SIGNATURE');
    expect(receipt.result.code).toBe(0);
    expect(sent.map(messagesOf)).toEqual([1]);
  });

  it('refuses a slot that is written, without a transaction', async () => {
    const { carrier, sent } = await startCarrier();
    const seed = random.bytes(32);
    await carrier.carry(newSlot(random.bytes(32), seed));
    const again = newSlot(random.bytes(32), seed);
    expect(await codeOfAsync(() => carrier.carry(again))).toBe('SLOT_TAKEN');
    expect(sent.length).toBe(1);
  });

  it.each(['before it is admitted', 'in the same block'])(
    'refuses only the slot that was taken %s, and carries the others',
    async (when) => {
      const blocks = when === 'in the same block' ? 'manual' : 'automatic';
      const { carrier, options, sent, ...memory } = await startCarrier({}, blocks);
      const elsewhere = new SlotCarrier({ ...options, submit: (e) => memory.queries.submit(e) });
      const raced = newSlot();
      // Both have looked before either has written.
      const first = elsewhere.carry(raced);
      const second = codeOfAsync(() => carrier.carry(raced));
      const rest = [newSlot(), newSlot(), newSlot()].map((slot) => carrier.carry(slot));
      const settled = Promise.all([first, second, Promise.all(rest)]);
      if (blocks === 'manual') await makeBlocks(memory, 6);
      const [own, code, receipts] = await settled;
      expect(own.result.code).toBe(0);
      expect(code).toBe('SLOT_TAKEN');
      expect(receipts.map(({ result }) => result.code)).toEqual([0, 0, 0]);
      expect(sent.map(messagesOf)).toEqual([4, 1, 1, 1]);
    },
  );

  it('gives the same receipt to a request that is made twice', async () => {
    const { carrier, sent } = await startCarrier();
    const slot = newSlot();
    const [first, second] = await Promise.all([carrier.carry(slot), carrier.carry(slot)]);
    expect(second).toBe(first);
    expect(sent.map(messagesOf)).toEqual([1]);
  });

  it('lets the first of two values of one key stand', async () => {
    const { carrier, queries } = await startCarrier();
    const seed = random.bytes(32);
    const [first, second] = [newSlot(random.bytes(32), seed), newSlot(random.bytes(32), seed)];
    const codes = await Promise.all([
      codeOfAsync(() => carrier.carry(first)),
      codeOfAsync(() => carrier.carry(second)),
    ]);
    expect(codes).toEqual([undefined, 'SLOT_TAKEN']);
    const keys = [slotKey(carriedSlot(first.pk, realm))];
    expect(queries.prove({ keys, height: null }).items[0]!.value).not.toBeNull();
  });

  it('takes no more than it can hold', async () => {
    const { carrier } = await startCarrier({ carriedWaitingMax: 2 });
    const held = [carrier.carry(newSlot()), carrier.carry(newSlot())];
    expect(await codeOfAsync(() => carrier.carry(newSlot()))).toBe('CARRIER_BUSY');
    await Promise.all(held);
    expect(carrier.inWork).toBe(0);
    expect((await carrier.carry(newSlot())).result.code).toBe(0);
  });

  it('says that it cannot carry when the ledger does not know its key', async () => {
    const { options } = await startCarrier();
    const stranger = crypto.ed25519.keyPair(random.bytes(32));
    const carrier = new SlotCarrier({ ...options, service: stranger });
    expect(await codeOfAsync(() => carrier.carry(newSlot()))).toBe('CARRIER_REFUSED');
  });
});
