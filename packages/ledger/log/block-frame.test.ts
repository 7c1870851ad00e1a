import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appliedResult } from '../machine/outcomes.ts';
import {
  type BlockParts,
  forEachId,
  forEachRecord,
  ID_ENTRY_BYTES,
  idsAt,
  readBlock,
  recordsAt,
  splitRecord,
  writeBlockParts,
  writeRecord,
} from './block-frame.ts';
import { FRAME_KIND, FrameWriter, HEADER_BYTES, LINK_BYTES, readHeader } from './frame.ts';

const crypto = await loadCrypto();
const TIME = 1_800_000_030;
const MINUTE = Math.floor(TIME / 60);

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const id = fc.uint8Array({ minLength: 32, maxLength: 32 });
const result = fc.oneof(
  fc.constant(appliedResult),
  bytes(80).map((data) => ({ code: 1, data })),
);
const event = fc.record({
  contract: fc.constantFrom('slots', 'identity', 'network'),
  name: fc.constantFrom('slots-written', 'account-opened'),
  body: fc.uint8Array({ minLength: 1, maxLength: 90 }),
});
const transaction = fc.record({
  id,
  minute: fc.constantFrom(-1, MINUTE, MINUTE + 1, MINUTE + 3),
  envelope: bytes(300),
  result,
  events: fc.array(event, { maxLength: 3 }),
});
const record = fc.record({ key: bytes(70), value: bytes(300) });
const block = fc.record({
  lightBlock: bytes(700),
  transactions: fc.array(transaction, { maxLength: 8 }),
  records: fc.array(record, { maxLength: 8 }),
});

function partsOf({
  lightBlock,
  transactions,
}: typeof block extends fc.Arbitrary<infer B> ? B : never) {
  const parts: BlockParts = {
    height: 12,
    time: TIME,
    lightBlock,
    transactions: transactions.map(({ envelope }) => envelope),
    results: transactions.map((one) => one.result),
    events: transactions.map((one) => one.events),
    ids: transactions.map((one) => one.id),
    minutes: transactions.map((one) => one.minute),
  };
  return parts;
}

describe("a block's frame", () => {
  it('gives back block, ids and records as they were put in', () => {
    fc.assert(
      fc.property(block, (given) => {
        const parts = partsOf(given);
        const writer = new FrameWriter(crypto);
        writer.begin();
        const numbers = writeBlockParts(writer, parts);
        const at = given.records.map(({ key, value }) => writeRecord(writer, key, value));
        const { height, time } = parts;
        const frame = writer.finish(
          {
            kind: FRAME_KIND.block,
            height,
            time,
            durable: 0,
            numbers: [...numbers, given.records.length],
            link: new Uint8Array(LINK_BYTES),
          },
          new Uint8Array(32),
        );
        const header = readHeader(frame)!;
        const { ids, minutes, ...logged } = parts;
        expect(readBlock(frame, header)).toEqual(logged);
        const remembered: unknown[] = [];
        forEachId(frame, header, (id, minute, index) => remembered.push([id, minute, index]));
        const expected = ids.map((one, i) => [one, minutes[i], i]);
        expect(remembered).toEqual(expected.filter((_, i) => minutes[i]! >= 0));
        const records: unknown[] = [];
        forEachRecord(frame, recordsAt(header.numbers), (key, value, place, size) => {
          records.push({ key: key.slice(), value: value.slice() });
          expect(place).toBe(at[records.length - 1]);
          expect(splitRecord(frame.slice(place, place + size))).toEqual(records.at(-1));
        });
        expect(records).toEqual(given.records);
      }),
    );
  });

  it('has its ids where they can be read without the rest', () => {
    expect(idsAt([700, 3, 900, 0])).toBe(HEADER_BYTES + 700);
    expect(recordsAt([700, 3, 900, 0])).toBe(HEADER_BYTES + 700 + 3 * ID_ENTRY_BYTES + 900);
  });
});

describe('a record', () => {
  it('is told from bytes that are none', () => {
    expect(splitRecord(new Uint8Array(5))).toBeUndefined();
    expect(splitRecord(Uint8Array.of(0, 9, 0, 0, 0, 0, 1))).toBeUndefined();
    expect(splitRecord(Uint8Array.of(0, 1, 0, 0, 0, 1, 7, 8))).toEqual({
      key: Uint8Array.of(7),
      value: Uint8Array.of(8),
    });
  });
});
