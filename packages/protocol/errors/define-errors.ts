import { type ErrorFields, type ErrorKind, type ErrorValue, WardError } from './ward-error.ts';

type Kinds = { readonly [code: string]: ErrorKind };
type DataOf<K extends ErrorKind> = { readonly [F in K['fields'][number]]: ErrorValue };

/** Makes a {@link WardError} of one catalogue; the caller throws it. */
export type Refuse<K extends Kinds> = <C extends keyof K & string>(
  code: C,
  ...rest: K[C]['fields'] extends readonly [] ? [] : [data: DataOf<K[C]>]
) => WardError;

const catalogues = new Map<string, ErrorKind>();

/**
 * Declares the codes of one package or contract, once each over the whole product.
 *
 * @returns A function that makes the error for a code; its data must have exactly the fields named.
 * @example
 * export const refuse = defineErrors({
 *   SLOT_TAKEN: { status: 409, fields: ['slot'], text: '…', next: '…' },
 * });
 * throw refuse('SLOT_TAKEN', { slot: toHex(key) });
 */
export function defineErrors<const K extends Kinds>(kinds: K): Refuse<K> {
  for (const [code, kind] of Object.entries(kinds)) {
    if (catalogues.has(code)) throw new Error(`error code ${code} is declared twice`);
    catalogues.set(code, kind);
  }
  return (code, ...rest) => {
    const data: ErrorFields = (rest as readonly ErrorFields[])[0] ?? {};
    return new WardError(code, kinds[code]!, data);
  };
}

/** Every code of the packages that are loaded, with what the catalogue says of it. */
export function errorCatalogue(): ReadonlyMap<string, ErrorKind> {
  return catalogues;
}
