const PREFIX_BYTES = 4;

/** Digits of ids and digests as the dump prints them: short terms of these turn up inside them. */
const HEX_TERM = /^[0-9a-f]{1,15}$/;

/**
 * Which of many texts stand in some bytes, in UTF-8. One pass over the bytes, whatever the number of
 * texts: they are found by their first four bytes.
 *
 * @param terms Texts of fewer than four bytes turn up by chance and are left out; a postcode or
 *   another short text of hexadecimal digits counts where it is no part of a longer run of them.
 */
export function findTerms(bytes: Buffer, terms: Iterable<string>): string[] {
  const byPrefix = new Map<number, Buffer[]>();
  for (const term of terms) {
    const wanted = Buffer.from(term);
    if (wanted.length < PREFIX_BYTES) continue;
    const prefix = wanted.readUInt32BE(0);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), wanted]);
  }
  const found = new Set<string>();
  let prefix = 0;
  for (let end = 0; end < bytes.length; end++) {
    prefix = ((prefix << 8) | bytes[end]!) >>> 0;
    const candidates = byPrefix.get(prefix);
    if (candidates === undefined) continue;
    const start = end - PREFIX_BYTES + 1;
    for (const wanted of candidates) {
      const behind = start + wanted.length;
      if (!bytes.subarray(start, behind).equals(wanted)) continue;
      const term = wanted.toString();
      const isChance = HEX_TERM.test(term) && (isHex(bytes[start - 1]) || isHex(bytes[behind]));
      if (!isChance) found.add(term);
    }
  }
  return [...found];
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9a-f]/.test(String.fromCharCode(byte));
}
