import { toHex, type Word } from '@ward/protocol';
import { refuse } from '../errors.ts';

/** How much of an id a person has to type. */
export const ID_LETTERS_MIN = 6;

export interface Candidates<T> {
  readonly items: readonly T[];
  readonly idOf: (item: T) => Uint8Array;
  /** What the thing may also be called. */
  readonly nameOf?: (item: T) => string;
  /** What is looked for, for the error. */
  readonly kind: Word;
}

/**
 * The one thing that a person means: by its name, by the beginning of its name, or by at least six
 * letters of its id.
 *
 * @throws WardError `ID_UNKNOWN`, `ID_AMBIGUOUS`, `ID_TOO_SHORT`.
 */
export function findOne<T>(wanted: string, candidates: Candidates<T>): T {
  const { items, idOf, nameOf, kind } = candidates;
  const plain = plainName(wanted);
  const names = items.map((item) => (nameOf === undefined ? '' : plainName(nameOf(item))));
  const named = items.filter((_, i) => plain !== '' && names[i] === plain);
  if (named.length > 0) return only(named, kind);
  const prefix = wanted.toLowerCase();
  const isHex = /^[0-9a-f]+$/.test(prefix);
  const isLongEnough = prefix.length >= ID_LETTERS_MIN;
  const byId = isHex ? items.filter((item) => toHex(idOf(item)).startsWith(prefix)) : [];
  if (byId.length > 0 && isLongEnough) return only(byId, kind);
  const begun = items.filter((_, i) => plain !== '' && names[i]!.startsWith(plain));
  if (begun.length > 0) return only(begun, kind);
  if (byId.length > 0) throw refuse('ID_TOO_SHORT', { kind, min: ID_LETTERS_MIN });
  throw refuse('ID_UNKNOWN', { kind });
}

function only<T>(found: readonly T[], kind: Word): T {
  if (found.length > 1) throw refuse('ID_AMBIGUOUS', { kind, matches: found.length });
  return found[0]!;
}

/** `Hospital B` may be typed `hospital-b`. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}
