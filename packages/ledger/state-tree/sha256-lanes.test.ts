import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestBytes, LANE_BYTES, LANES, LaneArea } from './sha256-lanes.ts';

const crypto = await loadCrypto();
const area = new LaneArea(2);

const hashOf = (lane: number) => toHex(digestBytes.slice(lane * 32, lane * 32 + 32));

/** FIPS 180-4, section 5.1.1. */
function padded(message: Uint8Array): Uint8Array {
  const blocks = Math.ceil((message.length + 9) / 64);
  const bytes = new Uint8Array(blocks * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, message.length * 8);
  return bytes;
}

function hashTogether(messages: readonly Uint8Array[], blocks: number): string[] {
  for (const [lane, message] of messages.entries()) {
    area.bytes.set(padded(message), lane * LANE_BYTES);
  }
  area.begin();
  area.take(blocks);
  area.end();
  return messages.map((_, lane) => hashOf(lane));
}

/** Messages for all lanes that have so many blocks with their padding. */
const messagesOf = (blocks: number) =>
  fc.array(
    fc.uint8Array({ minLength: Math.max(0, blocks * 64 - 72), maxLength: blocks * 64 - 9 }),
    { minLength: LANES, maxLength: LANES },
  );

describe('four messages at once', () => {
  it('have the hashes that each has alone, whatever its length', () => {
    for (let blocks = 1; blocks <= LANE_BYTES / 64; blocks++) {
      fc.assert(
        fc.property(messagesOf(blocks), (messages) => {
          const expected = messages.map((message) => toHex(crypto.sha256(message)));
          expect(hashTogether(messages, blocks)).toEqual(expected);
        }),
        { numRuns: 100 },
      );
    }
  });

  it('are hashed as the standard’s examples say', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const messages = ['', 'abc', '', 'abc'].map((text) => new Uint8Array(Buffer.from(text)));
    expect(hashTogether(messages, 1)).toEqual([empty, abc, empty, abc]);
    const two = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
    const long = '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1';
    const again = Array.from({ length: LANES }, () => new Uint8Array(Buffer.from(two)));
    expect(new Set(hashTogether(again, 2))).toEqual(new Set([long]));
  });

  it('may come in pieces, each lane’s behind its last', () => {
    const message = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
    const bytes = padded(message);
    area.begin();
    for (let at = 0; at < bytes.length; at += 128) {
      for (let lane = 0; lane < LANES; lane++) {
        area.bytes.set(bytes.subarray(at, at + 128), lane * LANE_BYTES);
      }
      area.take(2);
    }
    area.end();
    for (let lane = 0; lane < LANES; lane++) {
      expect(hashOf(lane)).toBe(toHex(crypto.sha256(message)));
    }
  });
});

describe('messages of 64 bytes', () => {
  it('need no padding of their own', () => {
    const message = fc.uint8Array({ minLength: 64, maxLength: 64 });
    const four = fc.array(message, { minLength: LANES, maxLength: LANES });
    fc.assert(
      fc.property(four, (messages) => {
        for (const [lane, bytes] of messages.entries()) area.bytes.set(bytes, lane * LANE_BYTES);
        area.begin();
        area.take(1);
        area.padBlock();
        area.end();
        const expected = messages.map((bytes) => toHex(crypto.sha256(bytes)));
        expect(messages.map((_, lane) => hashOf(lane))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

describe('areas', () => {
  it('keep what stands in them while others are used', () => {
    const other = new LaneArea(0);
    area.bytes.fill(1);
    other.bytes.fill(2);
    other.begin();
    other.take(1);
    other.end();
    expect(area.bytes.every((byte) => byte === 1)).toBe(true);
    expect(other.bytes.every((byte) => byte === 2)).toBe(true);
    expect(other.words.buffer).toBe(other.bytes.buffer);
  });

  it('are no more than three, each with its one use', () => {
    expect(() => new LaneArea(3)).toThrow('there is no such area');
  });
});
