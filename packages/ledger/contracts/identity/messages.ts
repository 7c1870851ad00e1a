import { ACCOUNT_ID_BYTES, field, type Seconds } from '@ward/protocol';
import { defineMessage, type MessageOf } from '../../schema/define-message.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { KEY_KINDS, passkeyField } from './state.ts';

const newKeyField = field.struct({
  kind: field.word(KEY_KINDS),
  publicKey: field.bytesBetween(32, 65),
  passkey: field.nullable(passkeyField),
});

/**
 * Opens an account: for a newcomer by an officer of a registrar (together with
 * `AdmitOrganisation`) or, where the members govern, of any member that may propose its admission;
 * for a further account or device by an officer of the organisation itself.
 */
export const OpenAccount = defineMessage('identity', 'OpenAccount', {
  account: field.bytes(ACCOUNT_ID_BYTES),
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  keys: field.list(newKeyField, { min: 1, max: LEDGER_LIMITS.keysPerAccountMax }),
});
export type OpenAccount = MessageOf<typeof OpenAccount>;

/** Adds a key to an account of the signing officer's organisation. */
export const AddKey = defineMessage('identity', 'AddKey', {
  account: field.bytes(ACCOUNT_ID_BYTES),
  key: newKeyField,
});
export type AddKey = MessageOf<typeof AddKey>;

/** Ends a key from this block on, or at a later second. */
export const EndKey = defineMessage('identity', 'EndKey', {
  account: field.bytes(ACCOUNT_ID_BYTES),
  publicKey: field.bytesBetween(32, 65),
  /** Null: now. */
  until: field.nullable(field.integer<Seconds>()),
});
export type EndKey = MessageOf<typeof EndKey>;
