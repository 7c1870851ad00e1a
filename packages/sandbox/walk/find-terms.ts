const PREFIX_BYTES = 4;

/**
 * Which of many texts stand in some bytes, in UTF-8. One pass over the bytes, whatever the number of
 * texts: they are found by their first four bytes.
 *
 * @param terms Texts of fewer than four bytes turn up by chance and are left out.
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
      if (bytes.subarray(start, start + wanted.length).equals(wanted)) found.add(wanted.toString());
    }
  }
  return [...found];
}
