import { refuse } from './errors/protocol-errors.ts';
import type { Hex } from './errors/ward-error.ts';

/** `a` and `b` hold the same bytes. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order of bytes, a prefix first: < 0, 0 or > 0. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Four bytes, most significant first. */
export function uint32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) |
      (bytes[offset + 1]! << 16) |
      (bytes[offset + 2]! << 8) |
      bytes[offset + 3]!) >>>
    0
  );
}

const HEX = '0123456789abcdef';

/** Lower-case hexadecimal: the one text form of ids, keys and digests in JSON and on screens. */
export function toHex(bytes: Uint8Array): Hex {
  let text = '';
  for (const byte of bytes) text += HEX[byte >> 4]! + HEX[byte & 15]!;
  return text as Hex;
}

/**
 * Parses lower-case hexadecimal.
 *
 * @throws WardError `HEX_INVALID` for an odd length or any other character.
 */
export function parseHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw refuse('HEX_INVALID', { length: text.length });
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = HEX.indexOf(text[2 * i]!);
    const low = HEX.indexOf(text[2 * i + 1]!);
    if (high < 0 || low < 0) throw refuse('HEX_INVALID', { length: text.length });
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}
