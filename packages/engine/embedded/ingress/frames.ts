import { concatBytes, readUint32, TRANSACTION_LIMITS, uint32Bytes } from '@ward/protocol';
import { refuse } from '../../errors.ts';

/** Bytes before each frame: its length, the most significant byte first. */
export const FRAME_HEAD_BYTES = 4;
export const FRAME_BYTES_MAX = TRANSACTION_LIMITS.envelopeBytesMax;

/** A frame as it goes over the socket. */
export function encodeFrame(content: Uint8Array): Uint8Array {
  return concatBytes(uint32Bytes(content.length), content);
}

/**
 * Cuts the bytes of a connection into frames. It holds at most one frame that is not whole, and no
 * more of it than has come.
 */
export class FrameReader {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(bytesMax: number = FRAME_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** A frame has begun and is not whole. */
  get isPartial(): boolean {
    return this.#length > 0;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * The next whole frame's content, or undefined. It is a view of what was pushed where it can be.
   *
   * @throws WardError `FRAME_INVALID`: where the next frame begins cannot be known any more.
   */
  next(): Uint8Array | undefined {
    if (this.#length < FRAME_HEAD_BYTES) return undefined;
    this.#join(FRAME_HEAD_BYTES);
    const size = readUint32(this.#chunks[0]!, 0);
    const max = this.#bytesMax;
    if (size === 0 || size > max) throw refuse('FRAME_INVALID', { size, max });
    const end = FRAME_HEAD_BYTES + size;
    if (this.#length < end) return undefined;
    this.#join(end);
    const first = this.#chunks[0]!;
    const content = first.subarray(FRAME_HEAD_BYTES, end);
    if (first.length === end) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(end);
    this.#length -= end;
    return content;
  }

  /** Sees to it that the first chunk has at least so many bytes. */
  #join(length: number): void {
    if (this.#chunks[0]!.length >= length) return;
    this.#chunks = [concatBytes(...this.#chunks)];
  }
}
