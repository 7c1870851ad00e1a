const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Base32 without padding (RFC 4648, section 6): the form for QR codes, which hold capitals and
 * digits in little more than half the space that other characters take.
 */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let rest = 0;
  for (const byte of bytes) {
    rest = ((rest << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(rest >> (bits - 5)) & 31]!;
  }
  return bits === 0 ? text : text + ALPHABET[(rest << (5 - bits)) & 31]!;
}

/** The bytes; undefined for anything that {@link toBase32} does not write. */
export function parseBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let at = 0;
  let bits = 0;
  let rest = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    rest = ((rest << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (rest >> bits) & 0xff;
  }
  const isWhole = bits < 5 && (rest & ((1 << bits) - 1)) === 0;
  return isWhole ? bytes : undefined;
}
