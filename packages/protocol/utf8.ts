import { refuse } from './errors/protocol-errors.ts';

// Written out because the pure packages compile without TextDecoder, and because a decoder that
// replaces bad sequences (the default of the platform's) would let two byte strings mean one text.

/** UTF-8 of `text`. @throws WardError `TEXT_INVALID` for a lone surrogate. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      length += 4;
      i++;
    } else length += 3;
  }
  return length;
}

/** Writes `text` at `offset` and returns the offset behind it. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point >= 0xd800 && point < 0xe000) {
      const low = text.charCodeAt(++i);
      if (point >= 0xdc00 || !(low >= 0xdc00 && low < 0xe000)) {
        throw refuse('TEXT_INVALID', { offset: i });
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    if (point < 0x80) {
      target[at++] = point;
      continue;
    }
    if (point < 0x800) target[at++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) target[at++] = 0xe0 | (point >> 12);
      else {
        target[at++] = 0xf0 | (point >> 18);
        target[at++] = 0x80 | ((point >> 12) & 63);
      }
      target[at++] = 0x80 | ((point >> 6) & 63);
    }
    target[at++] = 0x80 | (point & 63);
  }
  return at;
}

const CHUNK = 4096;

/**
 * Text of UTF-8 bytes.
 *
 * @throws WardError `TEXT_INVALID` for overlong forms, surrogates, points past U+10FFFF or a
 * sequence cut short (RFC 3629).
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  const units: number[] = [];
  let at = start;
  while (at < end) {
    const first = bytes[at]!;
    if (first < 0x80) {
      units.push(first);
      at++;
    } else {
      const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      const point = decodePoint(bytes, at, Math.min(end, at + length), length);
      if (point < 0x10000) units.push(point);
      else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
      at += length;
    }
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return text + String.fromCharCode(...units);
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

function decodePoint(bytes: Uint8Array, at: number, end: number, length: number): number {
  const first = bytes[at]!;
  if (first < 0xc2 || first > 0xf4 || end - at < length)
    throw refuse('TEXT_INVALID', { offset: at });
  let point = first & (0xff >> (length + 1));
  for (let i = at + 1; i < end; i++) {
    const next = bytes[i]!;
    if ((next & 0xc0) !== 0x80) throw refuse('TEXT_INVALID', { offset: i });
    point = (point << 6) | (next & 63);
  }
  const bad = point < SMALLEST[length]! || point > 0x10ffff || (point >= 0xd800 && point < 0xe000);
  if (bad) throw refuse('TEXT_INVALID', { offset: at });
  return point;
}
