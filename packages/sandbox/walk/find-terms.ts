const PREFIX_BYTES = 4;

/** Digits of ids and digests as the dump prints them: short terms of these turn up inside them. */
const HEX_TERM = /^[0-9a-f]{1,15}$/;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Wanted {
  readonly term: string;
  readonly wanted: Buffer;
  /** The term as text; else the bytes that it names. */
  readonly isText: boolean;
}

/**
 * Which of many texts stand in some bytes: in UTF-8, and a UUID also as its 16 bytes. One pass over
 * the bytes, whatever the number of texts: they are found by their first four bytes.
 *
 * @param terms Texts of fewer than four bytes turn up by chance and are left out; a postcode or
 *   another short text of hexadecimal digits counts where it is no part of a longer run of them.
 */
export function findTerms(bytes: Buffer, terms: Iterable<string>): string[] {
  const byPrefix = new Map<number, Wanted[]>();
  const seek = (term: string, wanted: Buffer, isText: boolean) => {
    if (wanted.length < PREFIX_BYTES) return;
    const prefix = wanted.readUInt32BE(0);
    const others = byPrefix.get(prefix);
    if (others === undefined) byPrefix.set(prefix, [{ term, wanted, isText }]);
    else others.push({ term, wanted, isText });
  };
  for (const term of terms) {
    seek(term, Buffer.from(term), true);
    if (UUID.test(term)) seek(term, Buffer.from(term.replaceAll('-', ''), 'hex'), false);
  }
  const found = new Set<string>();
  let prefix = 0;
  for (let end = 0; end < bytes.length; end++) {
    prefix = ((prefix << 8) | bytes[end]!) >>> 0;
    const candidates = byPrefix.get(prefix);
    if (candidates === undefined) continue;
    const start = end - PREFIX_BYTES + 1;
    for (const { term, wanted, isText } of candidates) {
      const behind = start + wanted.length;
      if (!bytes.subarray(start, behind).equals(wanted)) continue;
      const isPart = isHex(bytes[start - 1]) || isHex(bytes[behind]);
      if (!(isText && isPart && HEX_TERM.test(term))) found.add(term);
    }
  }
  return [...found];
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9a-f]/.test(String.fromCharCode(byte));
}
