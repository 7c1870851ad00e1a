import { toHex, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { WriteSlots } from './contracts/slots/messages.ts';
import { slotKey, slotsState, writtenSlot } from './contracts/slots/state.ts';
import { MemoryStorage } from './memory-storage.ts';
import { Outcome } from './schema/outcome.ts';
import { StateMachine } from './state-machine.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const bytes = (byte: number) => new Uint8Array(32).fill(byte);
const lightBlock = Uint8Array.of(1, 2, 3);

function writeSlot(address: number, time: number) {
  const slots = [{ address: bytes(address), value: bytes(address + 1) }];
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
}

function open(storage = new MemoryStorage()) {
  return StateMachine.open({ storage, crypto, genesis: ledger.genesis });
}

describe('the state machine', () => {
  it('executes, commits and proves a slot, and does so again after a restart', () => {
    const storage = new MemoryStorage();
    const machine = open(storage);
    const before = machine.appHash;
    const time = TEST_TIME + 5;
    const transaction = writeSlot(1, time);
    machine.check(transaction, time);
    const outcome = machine.execute({ height: 1, time, transactions: [transaction] });
    expect(outcome.results.map(({ code }) => code)).toEqual([0]);
    expect(machine.appHash).toEqual(before);
    machine.commit({ lightBlock });
    expect(machine.appHash).toEqual(outcome.appHash);
    const organisation = ledger.provider.id;
    const slot = writtenSlot({ organisation, address: bytes(1) }, ledger.realm);
    expect(outcome.slots).toEqual([slot]);
    for (const one of [machine, open(storage)]) {
      expect(toHex(one.appHash)).toBe(toHex(outcome.appHash));
      expect([one.height, one.time]).toEqual([1, time]);
      const key = slotKey(slot);
      for (const [height, value] of [
        [1, slotsState.slots.value.encode({ value: bytes(2), time })],
        [0, null],
      ] as const) {
        const proved = one.prove(key, height);
        expect(proved.value).toEqual(value);
        const root = height === 1 ? outcome.appHash : before;
        expect(verifyState({ key, ...proved }, root, crypto)).toBe(true);
      }
      expect(one.find(transaction.id)).toEqual({ height: 1, index: 0 });
      expect(one.block(1)).toMatchObject({ lightBlock, transactions: [transaction.envelope] });
      expect(one.block(1)!.slots).toEqual([slot]);
    }
  });

  it('refuses a slot that is taken, and a transaction that was taken before', () => {
    const machine = open();
    const time = TEST_TIME + 1;
    const first = writeSlot(1, time);
    const transactions = [first, writeSlot(1, time), first];
    const { results } = machine.execute({ height: 1, time, transactions });
    expect(results.map(({ code }) => code)).toEqual([0, 1, 1]);
    const codes = results.slice(1).map(({ data }) => {
      const { verdict } = Outcome.decode(data);
      return verdict.kind === 'refused' ? [verdict.code, verdict.message] : null;
    });
    expect(codes).toEqual([
      ['SLOT_TAKEN', 0],
      ['TRANSACTION_REPLAYED', null],
    ]);
  });
});
