import { carriedSlot, Slot, slotKey } from '@ward/ledger/schema';
import { equalBytes, type Realm, toHex } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { type ChartHeader, successionValue, type VerifiedHeader } from './chart-header.ts';

/** Values and absences that are proved; `null` is an absence. Other keys throw. */
export interface ProvedValues {
  bytes(key: Uint8Array): Uint8Array | null;
}

/** The state keys that say whether a header is current. */
export function currentKeys({ header }: VerifiedHeader, realm: Realm): Uint8Array[] {
  return [
    slotKey(carriedSlot(header.slot, realm)),
    slotKey(carriedSlot(header.nextSlot, realm)),
    ...successionKeys(header),
  ];
}

/** Who says to have a chart, and by which cold rotations. */
export type Succession = Pick<ChartHeader, 'chart' | 'authority' | 'predecessors'>;

/** The state keys that say whether an authority is the chart's. */
export function successionKeys({ authority, predecessors }: Succession): Uint8Array[] {
  return [authority, ...predecessors].map(({ cold }) => slotKey(cold));
}

/** Whether each cold key named the next authority, as the proved state says. */
export function isSucceeded(
  { chart, authority, predecessors }: Succession,
  state: ProvedValues,
  realm: Realm,
): boolean {
  return predecessors.every(({ cold }, i) => {
    const bytes = state.bytes(slotKey(cold));
    const next = predecessors[i + 1] ?? authority;
    const expected = successionValue({ chart, authority: next }, realm);
    return bytes !== null && equalBytes(Slot.decode(bytes).value, expected);
  });
}

/** Whether the proved state says that the header is the newest of its chart. */
export function isCurrent(verified: VerifiedHeader, state: ProvedValues, realm: Realm): boolean {
  const { header, digest } = verified;
  const value = (key: Uint8Array): Uint8Array | undefined => {
    const bytes = state.bytes(slotKey(key));
    return bytes === null ? undefined : Slot.decode(bytes).value;
  };
  const own = value(carriedSlot(header.slot, realm));
  if (own === undefined || !equalBytes(own, digest)) return false;
  if (value(carriedSlot(header.nextSlot, realm)) !== undefined) return false;
  if (value(header.authority.cold) !== undefined) return false;
  return isSucceeded(header, state, realm);
}

/** @throws WardError `HEADER_NOT_CURRENT`. */
export function checkCurrent(verified: VerifiedHeader, state: ProvedValues, realm: Realm): void {
  if (!isCurrent(verified, state, realm)) {
    throw refuse('HEADER_NOT_CURRENT', { version: verified.header.version });
  }
}

/** Claims that were proved, as {@link ProvedValues}. */
export function provedValues(
  claims: readonly { readonly key: Uint8Array; readonly value: Uint8Array | null }[],
): ProvedValues & { has(key: Uint8Array): boolean } {
  const values = new Map(claims.map(({ key, value }) => [toHex(key), value]));
  return {
    has: (key) => values.has(toHex(key)),
    bytes(key) {
      const value = values.get(toHex(key));
      if (value === undefined) throw new Error('a key that is not among the claims');
      return value;
    },
  };
}
