import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { ENGINE_LIMITS } from '../limits.ts';
import { type Submitter, WaitingList, type WaitingTransaction } from './waiting-list.ts';

const submitter: Submitter = { committed() {}, refused() {}, settled() {} };

function waiting(number: number, sizeBytes = 10): WaitingTransaction {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, number);
  const envelope = new Uint8Array(sizeBytes);
  return { transaction: { envelope, id, digest: id, passkeys: [] }, submitter, token: number };
}

const everything = { countMax: 1_000_000, bytesMax: Number.POSITIVE_INFINITY };
const tokens = (items: readonly WaitingTransaction[]) => items.map(({ token }) => token);

describe('the waiting list', () => {
  it('gives transactions in the order of their coming, as many as a block takes', () => {
    const list = new WaitingList();
    for (let i = 0; i < 10; i++) list.add(waiting(i));
    expect(tokens(list.take({ countMax: 3, bytesMax: 1000 }))).toEqual([0, 1, 2]);
    expect(tokens(list.take({ countMax: 100, bytesMax: 45 }))).toEqual([3, 4, 5, 6]);
    expect(list.count).toBe(3);
    expect(tokens(list.take(everything))).toEqual([7, 8, 9]);
    expect(list.take(everything)).toEqual([]);
  });

  it('knows an id while it waits, and no longer', () => {
    const list = new WaitingList();
    const [one, two] = [waiting(1), waiting(2)];
    list.add(one);
    expect(list.has(one.transaction.id.slice())).toBe(true);
    expect(list.has(two.transaction.id)).toBe(false);
    list.take(everything);
    expect(list.has(one.transaction.id)).toBe(false);
  });

  it('gives one out of its turn', () => {
    const list = new WaitingList();
    for (let i = 0; i < 3; i++) list.add(waiting(i));
    expect(list.takeOne(waiting(1).transaction.id)?.token).toBe(1);
    expect(list.takeOne(waiting(1).transaction.id)).toBeUndefined();
    expect([list.count, list.bytes]).toEqual([2, 20]);
    expect(tokens(list.take(everything))).toEqual([0, 2]);
  });

  it('is short while few transactions wait and they are small', () => {
    const list = new WaitingList();
    const { triedWaitingMax, triedWaitingBytesMax } = ENGINE_LIMITS;
    for (let i = 0; i < triedWaitingMax; i++) {
      expect(list.isShort).toBe(true);
      list.add(waiting(i));
    }
    expect(list.isShort).toBe(false);
    list.take(everything);
    expect(list.isShort).toBe(true);
    list.add(waiting(0, triedWaitingBytesMax));
    expect(list.isShort).toBe(false);
  });

  it('has room for a number and for a size, and has it again when some are taken', () => {
    const many = new WaitingList();
    for (let i = 0; i < ENGINE_LIMITS.waitingMax; i++) {
      many.checkRoom();
      many.add(waiting(i));
    }
    expect(codeOf(() => many.checkRoom())).toBe('ENGINE_BUSY');
    many.take({ countMax: 1, bytesMax: 10 });
    many.checkRoom();
    const large = new WaitingList();
    for (let i = 0; i < 64; i++) large.add(waiting(i, 1024 * 1024));
    expect(codeOf(() => large.checkRoom())).toBe('ENGINE_BUSY');
    large.take(everything);
    large.checkRoom();
  });
});
