import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  defineFormat,
  type FormatOf,
  field,
  type Seconds,
} from '@ward/protocol';
import { defineState } from '../../schema/define-state.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';

export const KEY_KINDS = ['service', 'officer', 'device'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** What was pinned when a passkey was enrolled. */
export const passkeyField = field.struct({
  rpIdHash: field.bytes(32),
  origin: field.text(LEDGER_LIMITS.endpointBytesMax),
});

/** A key of an account; it is never deleted, only ended. */
export const accountKeyField = field.struct({
  kind: field.word(KEY_KINDS),
  /** Ed25519 (32 bytes), or the P-256 point of an officer's passkey (65 bytes). */
  publicKey: field.bytesBetween(32, 65),
  from: field.integer<Seconds>(),
  until: field.nullable(field.integer<Seconds>()),
  passkey: field.nullable(passkeyField),
});

/** An organisation's or a device's actor on the ledger. Persons and staff have none. */
export const Account = defineFormat('account', 1, {
  /** The organisation for which it acts; its own id for the organisation's first account. */
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  keys: field.list(accountKeyField, { min: 1, max: LEDGER_LIMITS.keysPerAccountMax }),
});
export type Account = FormatOf<typeof Account>;
export type AccountKey = Account['keys'][number];

export const identityState = defineState('identity', { accounts: Account });

export function accountKey(account: AccountId): Uint8Array {
  return identityState.accounts.key(account);
}

/** A key counts from its first second up to, not including, its last. */
export function isKeyActive(key: AccountKey, time: Seconds): boolean {
  return key.from <= time && (key.until === null || time < key.until);
}

const ED25519_BYTES = 32;
const P256_POINT_BYTES = 65;
const UNCOMPRESSED = 4;

/** Ed25519 for everybody; a passkey, with where it was enrolled, for officers alone. */
export function hasKeyForm({
  kind,
  publicKey,
  passkey,
}: Omit<AccountKey, 'from' | 'until'>): boolean {
  if (publicKey.length === ED25519_BYTES) return passkey === null;
  const isPoint = publicKey.length === P256_POINT_BYTES && publicKey[0] === UNCOMPRESSED;
  return isPoint && kind === 'officer' && passkey !== null;
}
