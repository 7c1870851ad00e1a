import { ACCOUNT_ID_BYTES, defineFormat, type FormatOf, field, type Seconds } from '@ward/protocol';
import { KEY_KINDS } from './state.ts';

const account = field.bytes(ACCOUNT_ID_BYTES);
const publicKey = field.bytesBetween(32, 65);

export const AccountOpened = defineFormat('account-opened', 1, {
  account,
  organisation: field.bytes(ACCOUNT_ID_BYTES),
});
export type AccountOpened = FormatOf<typeof AccountOpened>;

export const KeyAdded = defineFormat('key-added', 1, {
  account,
  publicKey,
  kind: field.word(KEY_KINDS),
});
export type KeyAdded = FormatOf<typeof KeyAdded>;

/** The key counts no more from `until` on. */
export const KeyEnded = defineFormat('key-ended', 1, {
  account,
  publicKey,
  until: field.integer<Seconds>(),
});
export type KeyEnded = FormatOf<typeof KeyEnded>;
