import { concatBytes } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_BYTES_MAX, FrameReader } from './frames.ts';

function readAll(reader: FrameReader): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  return frames;
}

/** Cuts a stream into pieces of the given lengths, again and again. */
function cut(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const piece = stream.subarray(at, at + lengths[i % lengths.length]!);
    pieces.push(piece);
    at += piece.length;
  }
  return pieces;
}

const pattern = (seed: number) => new Uint8Array(seed + 1).fill(seed);

const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });
const lengths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 });

describe('frames on a socket', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(contents, lengths, (frames, cuts) => {
        const reader = new FrameReader();
        const found: Uint8Array[] = [];
        for (const piece of cut(concatBytes(...frames.map(encodeFrame)), cuts)) {
          reader.push(piece);
          found.push(...readAll(reader));
        }
        expect(found.map((frame) => Buffer.from(frame))).toEqual(
          frames.map((frame) => Buffer.from(frame)),
        );
        expect(reader.isPartial).toBe(false);
      }),
    );
  });

  it('wait until they are whole, also when the length is cut', () => {
    const reader = new FrameReader();
    const frame = encodeFrame(Uint8Array.of(1, 2, 3));
    for (const byte of frame.subarray(0, -1)) {
      reader.push(Uint8Array.of(byte));
      expect(reader.next()).toBeUndefined();
      expect(reader.isPartial).toBe(true);
    }
    reader.push(frame.subarray(-1));
    expect(reader.next()).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([
    ['nothing', Uint8Array.of(0, 0, 0, 0)],
    ['a byte too many', Uint8Array.of(0, 8, 0, 1)],
    ['four gigabytes', Uint8Array.of(255, 255, 255, 255)],
  ])('are refused when they claim %s, before the bytes come', (_, head) => {
    const reader = new FrameReader();
    reader.push(head);
    expect(codeOf(() => reader.next())).toBe('FRAME_INVALID');
  });

  it('may be as long as a transaction', () => {
    const reader = new FrameReader();
    const content = new Uint8Array(FRAME_BYTES_MAX).fill(7);
    for (const piece of cut(encodeFrame(content), [65_536])) reader.push(piece);
    expect(Buffer.compare(reader.next()!, content)).toBe(0);
  });

  it('stay as they are when more comes behind them', () => {
    const reader = new FrameReader();
    const frames: Uint8Array[] = [];
    const stream = concatBytes(...Array.from({ length: 50 }, (_, i) => encodeFrame(pattern(i))));
    for (const piece of cut(stream, [7, 30, 1])) {
      reader.push(piece);
      frames.push(...readAll(reader));
    }
    expect(frames.map((frame) => [...frame])).toEqual(
      Array.from({ length: 50 }, (_, i) => [...pattern(i)]),
    );
  });

  it('may come byte by byte without costing more than they are long', () => {
    const reader = new FrameReader();
    const before = process.memoryUsage().heapUsed;
    const frame = encodeFrame(new Uint8Array(200_000));
    for (let at = 0; at < frame.length - 1; at++) {
      reader.push(frame.subarray(at, at + 1));
      if (reader.next() !== undefined) throw new Error(`whole after ${at} bytes`);
    }
    reader.push(frame.subarray(-1));
    expect(reader.next()).toHaveLength(200_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(40_000_000);
  });

  it('are read in time that grows with their number alone', () => {
    const reader = new FrameReader();
    const one = encodeFrame(new Uint8Array(10));
    reader.push(concatBytes(...new Array(20_000).fill(one)));
    expect(readAll(reader)).toHaveLength(20_000);
  });
});
