import { type Crypto, type Digest, equalBytes, type Height, type Seconds } from '@ward/protocol';
import { sha256 } from '../state-tree/sha256.ts';

/**
 * The log is a row of frames, each appended whole:
 *
 * header   version 1 · kind 1 · zero 2 · length of the frame 4 · height 6 · time 6 ·
 *          durable 6 (what was known to be durable when the frame was written) · zero 2 ·
 *          four numbers 16 · link 12 (start of the digest of the frame before) ·
 *          check 8 (start of SHA-256 of the 56 bytes so far)
 * body     as its kind says
 * trailer  root 32 · height 6 · digest 32 (SHA-256 of all the bytes before it)
 *
 * Numbers are unsigned, most significant byte first. A frame is whole when its digest fits; its
 * header alone can be trusted for its length, so that a scan hops from header to header.
 */
export const LOG_VERSION = 1;
export const HEADER_BYTES = 64;
export const TRAILER_BYTES = 70;
/** Bounds what recovery may have to look through behind a broken frame. */
export const FRAME_BYTES_MAX = 128 * 1024 * 1024;
export const LINK_BYTES = 12;

export const FRAME_KIND = { block: 1, checkpoint: 2, carried: 3, joined: 4 } as const;
export type FrameKind = (typeof FRAME_KIND)[keyof typeof FRAME_KIND];

const CHECK_AT = 56;
const HEIGHT_AT = 8;
const TIME_AT = 14;
const DURABLE_AT = 20;
const NUMBERS_AT = 28;
const LINK_AT = 44;
const NUMBERS = 4;

export interface FrameHeader {
  readonly kind: FrameKind;
  /** Bytes from the header's first to the trailer's last. */
  readonly length: number;
  readonly height: Height;
  readonly time: Seconds;
  /** Position before which everything was durable when the frame was written. */
  readonly durable: number;
  /** What they mean stands with the kind. */
  readonly numbers: readonly [number, number, number, number];
  readonly link: Uint8Array;
}

export interface FrameTrailer {
  /** Root of the state: after this block, or of this checkpoint. */
  readonly root: Digest;
  readonly digest: Digest;
}

/** Writes frames one after another into a buffer that is used again. */
export class FrameWriter {
  readonly #crypto: Crypto;
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #at = HEADER_BYTES;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** Offset in the frame at which the next write goes. */
  get at(): number {
    return this.#at;
  }

  begin(): void {
    this.#at = HEADER_BYTES;
  }

  #reserve(size: number): number {
    const at = this.#at;
    const needed = at + size;
    if (needed > FRAME_BYTES_MAX) throw new Error('a frame of the log is too long');
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at = needed;
    return at;
  }

  uint8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  uint48(value: number): void {
    const at = this.#reserve(6);
    setUint48(this.#view, at, value);
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /** Puts header and trailer around the body. @returns A view that the next frame overwrites. */
  finish(header: Omit<FrameHeader, 'length'>, root: Digest): Uint8Array {
    this.bytes(root);
    this.uint48(header.height);
    const length = this.#reserve(32) + 32;
    const view = this.#view;
    view.setUint8(0, LOG_VERSION);
    view.setUint8(1, header.kind);
    view.setUint16(2, 0);
    view.setUint32(4, length);
    setUint48(view, HEIGHT_AT, header.height);
    setUint48(view, TIME_AT, header.time);
    setUint48(view, DURABLE_AT, header.durable);
    view.setUint16(DURABLE_AT + 6, 0);
    for (let i = 0; i < NUMBERS; i++) view.setUint32(NUMBERS_AT + 4 * i, header.numbers[i]!);
    this.#bytes.set(header.link, LINK_AT);
    const check = sha256(this.#bytes.subarray(0, CHECK_AT)).subarray(0, HEADER_BYTES - CHECK_AT);
    this.#bytes.set(check, CHECK_AT);
    const digest = this.#crypto.sha256Stream();
    digest.update(this.#bytes.subarray(0, length - 32));
    this.#bytes.set(digest.digest(), length - 32);
    return this.#bytes.subarray(0, length);
  }
}

function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

/** A header that may stand at `at`; undefined where none does. Its version is not looked at. */
export function readHeader(bytes: Uint8Array, at = 0): FrameHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  const kind = view.getUint8(1);
  if (kind < 1 || kind > 4 || view.getUint16(2) !== 0) return undefined;
  const length = view.getUint32(4);
  if (length < HEADER_BYTES + TRAILER_BYTES || length > FRAME_BYTES_MAX) return undefined;
  const check = sha256(bytes.subarray(at, at + CHECK_AT)).subarray(0, HEADER_BYTES - CHECK_AT);
  if (!equalBytes(check, bytes.subarray(at + CHECK_AT, at + HEADER_BYTES))) return undefined;
  return {
    kind: kind as FrameKind,
    length,
    height: getUint48(view, HEIGHT_AT),
    time: getUint48(view, TIME_AT),
    durable: getUint48(view, DURABLE_AT),
    numbers: [view.getUint32(28), view.getUint32(32), view.getUint32(36), view.getUint32(40)],
    link: bytes.slice(at + LINK_AT, at + LINK_AT + LINK_BYTES),
  };
}

/** The trailer of a whole frame; undefined where a byte of the frame is not what was written. */
export function readTrailer(frame: Uint8Array, crypto: Crypto): FrameTrailer | undefined {
  const end = frame.length;
  const digest = frame.slice(end - 32, end);
  const stream = crypto.sha256Stream();
  stream.update(frame.subarray(0, end - 32));
  if (!equalBytes(stream.digest(), digest)) return undefined;
  return { root: frame.slice(end - TRAILER_BYTES, end - TRAILER_BYTES + 32), digest };
}
