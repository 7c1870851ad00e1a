import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import {
  FRAME_KIND,
  FrameWriter,
  HEADER_BYTES,
  LINK_BYTES,
  readHeader,
  readTrailer,
} from './frame.ts';

const crypto = await loadCrypto();
const root = new Uint8Array(32).fill(3);
const fields = {
  kind: FRAME_KIND.block,
  height: 2 ** 40 + 5,
  time: 1_800_000_000,
  durable: 2 ** 41 + 7,
  numbers: [1, 2, 3, 0xffffffff] as const,
  link: new Uint8Array(LINK_BYTES).fill(9),
};

function frame(body: Uint8Array): Uint8Array {
  const writer = new FrameWriter(crypto);
  writer.begin();
  writer.bytes(body);
  return writer.finish(fields, root).slice();
}

describe('a frame', () => {
  it('has a header and trailer that say what was written', () => {
    for (const size of [0, 1, 100, 200_000]) {
      const bytes = frame(new Uint8Array(size).fill(7));
      expect(readHeader(bytes)).toEqual({ ...fields, length: bytes.length });
      const { root: found, digest } = readTrailer(bytes, crypto)!;
      expect(found).toEqual(root);
      expect(digest).toEqual(bytes.slice(-32));
      expect(bytes.slice(HEADER_BYTES, HEADER_BYTES + size).every((byte) => byte === 7)).toBe(true);
    }
  });

  it('shows every flipped bit: in the header by its check, anywhere by its digest', () => {
    const bytes = frame(new Uint8Array(50));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(readTrailer(flipped, crypto)).toBeUndefined();
      if (bit < HEADER_BYTES * 8) expect(readHeader(flipped)).toBeUndefined();
    }
  });

  it('holds every number where its buffer grows under it', () => {
    for (const size of [1, 2, 4, 6] as const) {
      const writer = new FrameWriter(crypto);
      writer.begin();
      const count = Math.ceil(150_000 / size);
      for (let i = 0; i < count; i++) {
        if (size === 1) writer.uint8(0x5a);
        if (size === 2) writer.uint16(0x5a5a);
        if (size === 4) writer.uint32(0x5a5a5a5a);
        if (size === 6) writer.uint48(0x5a5a5a5a5a5a);
      }
      const bytes = writer.finish(fields, root);
      const body = bytes.subarray(HEADER_BYTES, HEADER_BYTES + count * size);
      expect(body.every((byte) => byte === 0x5a)).toBe(true);
    }
  });

  it('is written again and again by one writer', () => {
    const writer = new FrameWriter(crypto);
    const once = () => {
      writer.begin();
      writer.uint8(1);
      writer.uint16(515);
      writer.uint32(0x01020304);
      writer.uint48(2 ** 40 + 1);
      return writer.finish(fields, root).slice();
    };
    const first = once();
    expect(once()).toEqual(first);
    const body = first.slice(HEADER_BYTES, HEADER_BYTES + 13);
    expect([...body]).toEqual([1, 2, 3, 1, 2, 3, 4, 1, 0, 0, 0, 0, 1]);
  });
});
