import { errorCatalogue, formatCatalogue } from '@ward/protocol';
import type { PersonWard } from '@ward/sdk';

const HEX_BYTES = /^(?:[0-9a-f]{2}){4,}$/;

/** Everything that the ledger shows to anybody. */
export interface LedgerTexts {
  /** Every value of the dump: texts in UTF-8, and what a hexadecimal text stands for. */
  readonly bytes: Buffer;
  readonly lines: number;
  /** Every value that is a text, and the names of the fields. */
  readonly words: ReadonlySet<string>;
}

/** Dumps the whole ledger, verified, and takes it apart into what can be searched. */
export async function readLedgerTexts({
  ledger,
}: Pick<PersonWard, 'ledger'>): Promise<LedgerTexts> {
  const parts: Buffer[] = [];
  const words = new Set<string>();
  let lines = 0;
  for await (const line of ledger.dump()) {
    lines++;
    takeApart(line, parts, words);
  }
  return { bytes: Buffer.concat(parts), lines, words };
}

/** Values are parted by a byte that no text has: nothing is found across two of them. */
const GAP = Buffer.from([0xff]);

/** Fields of formats are our own; values are what somebody wrote. */
function takeApart(value: unknown, parts: Buffer[], words: Set<string>): void {
  if (typeof value === 'number') parts.push(Buffer.from(String(value)), GAP);
  else if (typeof value === 'string') {
    parts.push(Buffer.from(value), GAP);
    if (HEX_BYTES.test(value)) parts.push(Buffer.from(value, 'hex'), GAP);
    else words.add(value);
  } else if (Array.isArray(value)) for (const one of value) takeApart(one, parts, words);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      words.add(name);
      takeApart(one, parts, words);
    }
  }
}

/**
 * Leaves out what is no trace of a patient: words that stood on the ledger before the first patient
 * came (a hospital's name, `pharmacy`, an address), and the names of formats and codes. A bundle
 * may have the word `Laboratory` in it as well.
 *
 * @param before The ledger as it was then.
 */
export function withoutOwnWords(found: readonly string[], before: LedgerTexts): string[] {
  const own = [
    ...before.words,
    ...formatCatalogue().keys(),
    ...errorCatalogue().keys(),
    ...LINE_WORDS,
  ];
  return found.filter((term) => !own.some((word) => word.includes(term)));
}

/** What a line of a dump says of itself: kinds, and the role of who signed. */
const LINE_WORDS = ['block', 'transaction', 'state', 'author'];
