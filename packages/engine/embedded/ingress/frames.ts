import { concatBytes, readUint32, TRANSACTION_LIMITS, uint32Bytes } from '@ward/protocol';
import { refuse } from '../../errors.ts';

/** Bytes before each frame: its length, the most significant byte first. */
export const FRAME_HEAD_BYTES = 4;
export const FRAME_BYTES_MAX = TRANSACTION_LIMITS.envelopeBytesMax;

/** A frame as it goes over the socket. */
export function encodeFrame(content: Uint8Array): Uint8Array {
  return concatBytes(uint32Bytes(content.length), content);
}

const NOTHING = new Uint8Array(0);

/**
 * Cuts the bytes of a connection into frames. It holds at most one frame that is not whole, in at
 * most twice the bytes that have come of it, in however small pieces.
 */
export class FrameReader {
  readonly #bytesMax: number;
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** The bytes are in a buffer of this reader, not in one that was pushed. */
  #isOwn = false;

  constructor(bytesMax: number = FRAME_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** A frame has begun and is not whole. */
  get isPartial(): boolean {
    return this.#end > this.#start;
  }

  /** @param chunk Not changed by the caller afterwards. */
  push(chunk: Uint8Array): void {
    const length = this.#end - this.#start;
    if (length === 0) {
      this.#hold(chunk, chunk.length, false);
      return;
    }
    if (!this.#isOwn || this.#end + chunk.length > this.#bytes.length) {
      // Frames that were handed out are views of the old buffer: it is left as it is.
      const larger = new Uint8Array(Math.max(length + chunk.length, 2 * length));
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#hold(larger, length, true);
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #hold(bytes: Uint8Array, length: number, isOwn: boolean): void {
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = length;
    this.#isOwn = isOwn;
  }

  /**
   * The next whole frame's content, or undefined.
   *
   * @throws WardError `FRAME_INVALID`: where the next frame begins cannot be known any more.
   */
  next(): Uint8Array | undefined {
    const length = this.#end - this.#start;
    if (length < FRAME_HEAD_BYTES) return undefined;
    const size = readUint32(this.#bytes, this.#start);
    const max = this.#bytesMax;
    if (size === 0 || size > max) throw refuse('FRAME_INVALID', { size, max });
    if (length < FRAME_HEAD_BYTES + size) return undefined;
    const from = this.#start + FRAME_HEAD_BYTES;
    const content = this.#bytes.subarray(from, from + size);
    this.#start = from + size;
    if (this.#start === this.#end) this.#hold(NOTHING, 0, false);
    return content;
  }
}
