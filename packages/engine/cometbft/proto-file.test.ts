import { toHex } from '@ward/protocol';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { AbciAnswer, AbciRequest, abci } from './abci-messages.ts';
import { ProtoFile, proto } from './proto-file.ts';

const file = new ProtoFile('test.words');
const Inner = file.message('Inner', { name: proto.string(1), size: proto.int64(2) });
const Outer = file.message('Outer', {
  flag: proto.uint32(1),
  inner: proto.message(2, Inner),
  many: proto.list(proto.message(3, Inner)),
  parts: proto.list(proto.bytes(4)),
  level: proto.int32(5),
  total: proto.uint64(17),
});
const Either = file.union('Either', { one: proto.message(1, Inner), bytes: proto.bytes(2) });

const FULL = {
  flag: 300,
  inner: { name: 'ä', size: -1n },
  many: [
    { name: '', size: 0n },
    { name: 'b', size: 2n ** 62n },
  ],
  parts: [new Uint8Array(0), Uint8Array.of(1, 2)],
  level: -5,
  total: 2n ** 64n - 1n,
};

describe('messages that are declared in TypeScript', () => {
  it('are bytes of protobuf', () => {
    const hex = (value: Partial<typeof FULL>) => toHex(file.encode(Outer, value));
    expect(hex({})).toBe('');
    expect(hex({ flag: 300 })).toBe('08ac02');
    expect(hex({ inner: { name: 'ab', size: 1n } })).toBe('12060a0261621001');
    expect(hex({ parts: [new Uint8Array(0), Uint8Array.of(7)] })).toBe('2200220107');
    expect(hex({ total: 1n })).toBe('880101');
    expect(hex({ level: -1 })).toBe('28ffffffffffffffffff01');
  });

  it('are read as they were written', () => {
    expect(file.decode(Outer, file.encode(Outer, FULL))).toMatchObject(FULL);
    const empty = file.decode(Outer, new Uint8Array(0));
    expect(empty).toMatchObject({ flag: 0, many: [], parts: [], level: 0, total: 0n });
    expect(empty.inner).toBeUndefined();
  });

  it('have fields skipped that are not declared', () => {
    const bytes = Uint8Array.of(0x08, 1, 0x52, 2, 9, 9, 0x58, 5);
    expect(file.decode(Outer, bytes).flag).toBe(1);
  });

  it('say which field of a union is there, an empty one too', () => {
    const either = (value: (typeof Either)['example']) =>
      file.decode(Either, file.encode(Either, value!)).value;
    expect(either({ value: { case: 'bytes', value: new Uint8Array(0) } })).toEqual({
      case: 'bytes',
      value: new Uint8Array(0),
    });
    const one = { name: 'x', size: 3n };
    expect(either({ value: { case: 'one', value: one } })).toMatchObject({
      case: 'one',
      value: one,
    });
    expect(either({ value: { case: undefined } }).case).toBeUndefined();
  });

  it.each(['08', '12ff', '1a0408', 'ffffffffffffffffffffff01'])(
    'are not read out of bytes that are torn: %s',
    (hex) => {
      expect(() => file.decode(Outer, Uint8Array.from(Buffer.from(hex, 'hex')))).toThrow();
    },
  );
});

describe('the messages of ABCI', () => {
  it('have the numbers that CometBFT gives them', () => {
    const hexOf = (value: AbciRequest['value']) => toHex(abci.encode(AbciRequest, { value }));
    expect(hexOf({ case: 'flush', value: {} })).toBe('1200');
    expect(hexOf({ case: 'commit', value: {} })).toBe('5a00');
    const bytes = Uint8Array.of(5);
    expect(hexOf({ case: 'checkTx', value: { bytes } })).toBe('42030a0105');
    expect(hexOf({ case: 'insertTx', value: { bytes } })).toBe('aa01030a0105');
    expect(hexOf({ case: 'reapTxs', value: { maxBytes: 1n, maxGas: 2n } })).toBe('b2010408011002');
    const answer = (value: AbciAnswer['value']) => toHex(abci.encode(AbciAnswer, { value }));
    expect(answer({ case: 'flush', value: {} })).toBe('1a00');
    expect(answer({ case: 'commit', value: { retainHeight: 0n } })).toBe('6200');
    expect(answer({ case: 'insertTx', value: { code: 1 } })).toBe('b201020801');
    expect(answer({ case: 'reapTxs', value: { containers: [bytes] } })).toBe('ba01030a0105');
    expect(answer({ case: 'processProposal', value: { status: 2 } })).toBe('9201020802');
    const appHash = Uint8Array.of(9);
    const result = { code: 1, data: Uint8Array.of(7) };
    const finalized = { results: [result], validators: [], parameters: undefined, appHash };
    expect(answer({ case: 'finalizeBlock', value: finalized })).toBe('aa010a120508011201072a0109');
  });

  it('are read or refused, whatever bytes come', () => {
    const random = seededRandom(77);
    const good = abci.encode(AbciRequest, {
      value: { case: 'insertTx', value: { bytes: new Uint8Array(40) } },
    });
    let refused = 0;
    for (let run = 0; run < 3000; run++) {
      const bytes = run % 2 === 0 ? random.bytes(1 + random.below(60)) : good.slice();
      if (run % 2 === 1) bytes[random.below(bytes.length)] = random.below(256);
      try {
        expect(abci.decode(AbciRequest, bytes)).toHaveProperty('value');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
