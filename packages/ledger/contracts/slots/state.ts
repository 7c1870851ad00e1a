import {
  type AccountId,
  type Crypto,
  type Digest,
  defineFormat,
  encodeCbor,
  type FormatOf,
  field,
  hash,
  type Realm,
  type Seconds,
  tagged,
} from '@ward/protocol';
import { defineState } from '../../schema/define-state.ts';

/** What the ledger knows of a header, a unit or an entry. */
export const Slot = defineFormat('slot', 1, {
  value: field.bytes(32),
  /** Time of the block that wrote it. */
  time: field.integer<Seconds>(),
});
export type Slot = FormatOf<typeof Slot>;

export const slotsState = defineState('slots', { slots: Slot });

/** H(slot-org, organisation, address): where a written slot stands. */
export function writtenSlot(
  { organisation, address }: { organisation: AccountId; address: Uint8Array },
  realm: Realm,
): Digest {
  return hash('slot-org', [organisation, address], realm);
}

/** H(slot-key, pk): where the slot of a one-time key stands. */
export function carriedSlot(pk: Uint8Array, realm: Realm): Digest {
  return hash('slot-key', [pk], realm);
}

/** State key of a slot. */
export function slotKey(slot: Digest): Uint8Array {
  return slotsState.slots.key(slot);
}

/** What the one-time key of a carried slot signs. */
export function carriedBytes(value: Uint8Array, { network }: Realm): Uint8Array {
  return tagged('carry-slot', encodeCbor([network, value]));
}

export interface CarriedSlot {
  readonly pk: Uint8Array;
  readonly value: Uint8Array;
  readonly signature: Uint8Array;
}

/** Signs a slot's value with its one-time key. */
export function signCarriedSlot(
  { value, keyPair }: { value: Uint8Array; keyPair: ReturnType<Crypto['ed25519']['keyPair']> },
  realm: Realm,
): CarriedSlot {
  const signature = realm.crypto.ed25519.sign(carriedBytes(value, realm), keyPair.secretKey);
  return { pk: keyPair.publicKey, value, signature };
}
