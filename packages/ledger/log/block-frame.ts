import type { Height, Seconds, TransactionId, TransactionResult } from '@ward/protocol';
import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import { appliedResult } from '../machine/outcomes.ts';
import type { LedgerEvent } from '../schema/outcome.ts';
import { type FrameWriter, HEADER_BYTES, TRAILER_BYTES } from './frame.ts';

/**
 * Body of a block's frame, with the header's numbers [bytes of the light block, transactions, bytes
 * of the transactions, records]:
 *
 * light block · for each transaction id 32, minute 1 · for each transaction [length 4, envelope,
 * code 1, if refused (length 4, data), events 2, each (length 1, contract, length 1, name,
 * length 4, body)] · for each record [length of the key 2, length of the value 4, key, value]
 *
 * A minute counts from that of the block's time; 255 says that the id is not remembered.
 */
export interface LoggedBlock {
  readonly height: Height;
  readonly time: Seconds;
  readonly lightBlock: Uint8Array;
  readonly transactions: readonly Uint8Array[];
  readonly results: readonly TransactionResult[];
  readonly events: readonly (readonly LedgerEvent[])[];
}

/** What of a block goes into its frame besides its records. */
export interface BlockParts extends LoggedBlock {
  readonly ids: readonly TransactionId[];
  /** Minute in which each id ends, -1 where it is not remembered. */
  readonly minutes: readonly number[];
}

/** An id that a block before a snapshot took, with the minute in which it ends. */
export interface RememberedId {
  readonly id: TransactionId;
  readonly minute: number;
}

export type BlockNumbers = readonly [number, number, number, number];

export const ID_ENTRY_BYTES = 33;
export const RECORD_HEAD_BYTES = 6;
const UNREMEMBERED = 255;
const SECONDS_PER_MINUTE = 60;

/** Writes everything but the records. @returns The header's first three numbers. */
export function writeBlockParts(writer: FrameWriter, parts: BlockParts): [number, number, number] {
  writer.bytes(parts.lightBlock);
  writeIds(writer, parts);
  const start = writer.at;
  for (let i = 0; i < parts.transactions.length; i++) {
    writer.uint32(parts.transactions[i]!.length);
    writer.bytes(parts.transactions[i]!);
    const { code, data } = parts.results[i]!;
    writer.uint8(code);
    if (code !== 0) {
      writer.uint32(data.length);
      writer.bytes(data);
    }
    writeEvents(writer, parts.events[i]!);
  }
  return [parts.lightBlock.length, parts.transactions.length, writer.at - start];
}

/** Writes ids as a block's frame has them, and a frame of what was taken over from others. */
export function writeIds(
  writer: FrameWriter,
  { time, ids, minutes }: Pick<BlockParts, 'time' | 'ids' | 'minutes'>,
): void {
  const minute = Math.floor(time / SECONDS_PER_MINUTE);
  for (let i = 0; i < ids.length; i++) {
    writer.bytes(ids[i]!);
    writer.uint8(minutes[i]! < 0 ? UNREMEMBERED : minutes[i]! - minute);
  }
}

const names = new Map<string, Uint8Array>();

function nameBytes(name: string): Uint8Array {
  let bytes = names.get(name);
  if (bytes === undefined) {
    bytes = encodeUtf8(name);
    names.set(name, bytes);
  }
  return bytes;
}

function writeEvents(writer: FrameWriter, events: readonly LedgerEvent[]): void {
  writer.uint16(events.length);
  for (const { contract, name, body } of events) {
    for (const part of [nameBytes(contract), nameBytes(name)]) {
      writer.uint8(part.length);
      writer.bytes(part);
    }
    writer.uint32(body.length);
    writer.bytes(body);
  }
}

/** Writes one record. @returns Where it begins in the frame. */
export function writeRecord(writer: FrameWriter, key: Uint8Array, value: Uint8Array): number {
  const at = writer.at;
  writer.uint16(key.length);
  writer.uint32(value.length);
  writer.bytes(key);
  writer.bytes(value);
  return at;
}

/** Reads on in bytes that a digest has vouched for. */
class Cursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
  }

  uint(size: 1 | 2 | 4): number {
    const at = this.at;
    this.at += size;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
}

export interface BlockPlace {
  readonly height: Height;
  readonly time: Seconds;
  readonly numbers: BlockNumbers;
}

/** A block without its records, out of a whole frame. */
export function readBlock(frame: Uint8Array, { height, time, numbers }: BlockPlace): LoggedBlock {
  const cursor = new Cursor(frame, HEADER_BYTES);
  const lightBlock = cursor.take(numbers[0]);
  const count = numbers[1];
  cursor.at += count * ID_ENTRY_BYTES;
  const transactions: Uint8Array[] = [];
  const results: TransactionResult[] = [];
  const events: LedgerEvent[][] = [];
  for (let i = 0; i < count; i++) {
    transactions.push(cursor.take(cursor.uint(4)));
    const code = cursor.uint(1);
    results.push(code === 0 ? appliedResult : { code, data: cursor.take(cursor.uint(4)) });
    events.push(readEvents(cursor));
  }
  return { height, time, lightBlock, transactions, results, events };
}

function readEvents(cursor: Cursor): LedgerEvent[] {
  const events: LedgerEvent[] = [];
  const count = cursor.uint(2);
  for (let i = 0; i < count; i++) {
    const contract = decodeUtf8(cursor.take(cursor.uint(1)));
    const name = decodeUtf8(cursor.take(cursor.uint(1)));
    events.push({ contract, name, body: cursor.take(cursor.uint(4)) });
  }
  return events;
}

/** Where the ids of a block stand in its frame. */
export function idsAt(numbers: BlockNumbers): number {
  return HEADER_BYTES + numbers[0];
}

/** Where the records of a block stand in its frame. */
export function recordsAt(numbers: BlockNumbers): number {
  return idsAt(numbers) + numbers[1] * ID_ENTRY_BYTES + numbers[2];
}

/** Ids of a block that are remembered, each with its minute and its index. */
export function forEachId(
  frame: Uint8Array,
  { time, numbers }: BlockPlace,
  visit: (id: TransactionId, minute: number, index: number) => void,
): void {
  const blockMinute = Math.floor(time / SECONDS_PER_MINUTE);
  let at = idsAt(numbers);
  for (let index = 0; index < numbers[1]; index++) {
    const minute = frame[at + 32]!;
    if (minute !== UNREMEMBERED) visit(frame.subarray(at, at + 32), blockMinute + minute, index);
    at += ID_ENTRY_BYTES;
  }
}

/** Records of a frame, in its order; `at` and `size` are of the whole record within the frame. */
export function forEachRecord(
  frame: Uint8Array,
  from: number,
  visit: (key: Uint8Array, value: Uint8Array, at: number, size: number) => void,
): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const end = frame.length - TRAILER_BYTES;
  let at = from;
  while (at < end) {
    const keyAt = at + RECORD_HEAD_BYTES;
    const valueAt = keyAt + view.getUint16(at);
    const next = valueAt + view.getUint32(at + 2);
    visit(frame.subarray(keyAt, valueAt), frame.subarray(valueAt, next), at, next - at);
    at = next;
  }
  if (at !== end) throw new Error('the records of a frame do not fill it');
}

/** Key and value of a record; undefined where the bytes are no record. */
export function splitRecord(
  record: Uint8Array,
): { readonly key: Uint8Array; readonly value: Uint8Array } | undefined {
  if (record.length < RECORD_HEAD_BYTES) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const valueAt = RECORD_HEAD_BYTES + view.getUint16(0);
  if (valueAt + view.getUint32(2) !== record.length) return undefined;
  return { key: record.slice(RECORD_HEAD_BYTES, valueAt), value: record.slice(valueAt) };
}
