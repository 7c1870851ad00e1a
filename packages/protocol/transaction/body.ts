import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { bytes, bytesBetween, integer, list, struct, text } from '../format/fields.ts';
import { ACCOUNT_ID_BYTES, DIGEST_BYTES, type Seconds } from '../units.ts';
import { TRANSACTION_LIMITS as LIMITS } from './limits.ts';

/**
 * What the signers of a transaction sign: all messages apply, or none.
 *
 * - `network`, `chain`: where it counts, and nowhere else.
 * - `signers`: who must sign, in order, each in a role that the messages ask for.
 * - `validUntil`: seconds since 1970; at most 180 s after the block that takes it.
 * - `salt`: 16 random bytes, so that two equal intentions are two transactions.
 */
export const TransactionBody = defineFormat('transaction-body', 1, {
  network: bytes(DIGEST_BYTES),
  chain: text(50),
  signers: list(struct({ account: bytes(ACCOUNT_ID_BYTES), role: text(16) }), {
    min: 1,
    max: LIMITS.signersMax,
  }),
  validUntil: integer<Seconds>(),
  salt: bytes(16),
  messages: list(
    struct({
      contract: text(32),
      name: text(48),
      body: bytesBetween(1, LIMITS.messageBytesMax),
    }),
    { min: 1, max: LIMITS.messagesMax },
  ),
});
export type TransactionBody = FormatOf<typeof TransactionBody>;
export type Signer = TransactionBody['signers'][number];
export type MessageEnvelope = TransactionBody['messages'][number];

/** The role of a signer where a message asks for none in particular. */
export const AUTHOR_ROLE = 'author';

/**
 * What travels: the body as bytes, and for each signer of the body, in order, a raw public key with
 * a signature. 32 bytes are an Ed25519 key, 65 a P-256 passkey whose signature is an assertion.
 */
export const TransactionEnvelope = defineFormat('transaction-envelope', 1, {
  body: bytesBetween(1, LIMITS.envelopeBytesMax),
  signatures: list(struct({ publicKey: bytesBetween(32, 65), signature: bytesBetween(64, 1024) }), {
    min: 1,
    max: LIMITS.signersMax,
  }),
});
export type TransactionEnvelope = FormatOf<typeof TransactionEnvelope>;
export type TransactionSignature = TransactionEnvelope['signatures'][number];
