import { concatBytes } from '@ward/protocol';

/** The longest message that is read: a block of the most bytes with all that goes with it. */
export const ABCI_FRAME_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes that a length of this size can have. */
const LENGTH_BYTES_MAX = 4;

/** A message with its length before it, as an unsigned varint. */
export function encodeAbciFrame(message: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = message.length;
  while (rest >= 0x80) {
    length.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  length.push(rest);
  return concatBytes(Uint8Array.from(length), message);
}

/** Cuts what comes on a connection into messages. */
export class AbciFrameReader {
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** Bytes that are needed before there is anything new to look at. */
  #needed = 1;

  /**
   * @returns The messages that are whole by now.
   * @throws Error for a length that is too great; the connection is of no use any more.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const messages: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const head = readLength(bytes, at);
      this.#needed = head === undefined ? bytes.length - at + 1 : head.size + head.length;
      if (head === undefined || bytes.length - at < this.#needed) break;
      messages.push(bytes.subarray(at + head.size, at + this.#needed));
      at += this.#needed;
    }
    const rest = bytes.subarray(at);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return messages;
  }
}

/** A length and the bytes that it takes itself; undefined where more bytes have to come. */
function readLength(bytes: Uint8Array, at: number): { length: number; size: number } | undefined {
  let length = 0;
  for (let size = 1; size <= LENGTH_BYTES_MAX; size++) {
    const byte = bytes[at + size - 1];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * (size - 1));
    if (byte >= 0x80) continue;
    if (length > ABCI_FRAME_BYTES_MAX) break;
    return { length, size };
  }
  throw new Error('a message of ABCI is too long');
}
