import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { tagged, taggedDigest } from '../realm.ts';
import type { Digest, TransactionId } from '../units.ts';
import { TransactionBody, TransactionEnvelope, type TransactionSignature } from './body.ts';
import { TRANSACTION_LIMITS } from './limits.ts';
import { type AssertionOrigin, verifyAssertion, WebAuthnAssertion } from './webauthn.ts';

/** A transaction whose form is right; whether its signatures fit is another question. */
export interface ParsedTransaction {
  readonly id: TransactionId;
  readonly body: TransactionBody;
  /** As received. */
  readonly bodyBytes: Uint8Array;
  /** What the id and the signatures cover: the body under its tag. */
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly TransactionSignature[];
  /** SHA-256 of the whole envelope: the leaf of the block's data hash, the key of verdicts. */
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Signs a body for the envelope. Order and number must be those of the body's signers. */
export type SignBody = (bodyBytes: Uint8Array) => TransactionSignature;

/** A service key's {@link SignBody}. */
export function ed25519Signer(
  { publicKey, secretKey }: { publicKey: Uint8Array; secretKey: Uint8Array },
  crypto: Crypto,
): SignBody {
  return (bodyBytes) => ({
    publicKey,
    signature: crypto.ed25519.sign(tagged('transaction', bodyBytes), secretKey),
  });
}

/**
 * Encodes and signs.
 *
 * @param signers One for each signer that the body lists, in that order.
 * @returns The envelope's bytes, ready to submit, and the transaction's id.
 * @throws WardError `TRANSACTION_SIGNERS`, `TRANSACTION_SIGNER_TWICE`, `TRANSACTION_TOO_LARGE`,
 * `FORMAT_*`.
 */
export function signTransaction(
  body: TransactionBody,
  signers: readonly SignBody[],
  crypto: Crypto,
): { readonly id: TransactionId; readonly envelope: Uint8Array } {
  checkSigners(body, signers.length);
  const bodyBytes = TransactionBody.encode(body);
  checkSize(bodyBytes);
  const signatures = signers.map((sign) => sign(bodyBytes));
  const envelope = TransactionEnvelope.encode({ body: bodyBytes, signatures });
  checkSize(envelope);
  return { id: transactionId(bodyBytes, crypto), envelope };
}

/** Digest of the body, never of the envelope: signatures may be made twice. */
export function transactionId(bodyBytes: Uint8Array, crypto: Crypto): TransactionId {
  return taggedDigest('transaction', bodyBytes, crypto);
}

function checkSize({ length: size }: Uint8Array): void {
  const max = TRANSACTION_LIMITS.envelopeBytesMax;
  if (size > max) throw refuse('TRANSACTION_TOO_LARGE', { size, max });
}

/** Every signer signs; one account may be there in several roles, in each of them once. */
function checkSigners({ signers }: TransactionBody, signed: number): void {
  const listed = signers.length;
  if (signed !== listed) throw refuse('TRANSACTION_SIGNERS', { listed, signed });
  for (let i = 1; i < listed; i++) {
    const { account, role } = signers[i]!;
    for (let j = 0; j < i; j++) {
      const other = signers[j]!;
      if (other.role === role && equalBytes(other.account, account)) {
        throw refuse('TRANSACTION_SIGNER_TWICE', { signer: i });
      }
    }
  }
}

/** What an envelope holds, signed or not. */
export type OpenedTransaction = Pick<ParsedTransaction, 'body' | 'bodyBytes' | 'signatures'>;

/**
 * Opens an envelope: form and bounds, no digest and no signature.
 *
 * @param bytes Not changed afterwards: what is returned are views of them.
 * @throws WardError `TRANSACTION_TOO_LARGE`, `TRANSACTION_SIGNERS`, `TRANSACTION_SIGNER_TWICE`,
 * `CBOR_*`, `FORMAT_*`.
 */
export function openTransaction(bytes: Uint8Array): OpenedTransaction {
  checkSize(bytes);
  const { body: bodyBytes, signatures } = TransactionEnvelope.decodeShared(bytes);
  const body = TransactionBody.decodeShared(bodyBytes);
  checkSigners(body, signatures.length);
  return { body, bodyBytes, signatures };
}

/**
 * Parses an envelope: {@link openTransaction} with the id and what the signatures cover.
 *
 * @param bytes Not changed afterwards: what is returned are views of them.
 * @throws WardError as {@link openTransaction}.
 */
export function parseTransaction(bytes: Uint8Array, crypto: Crypto): ParsedTransaction {
  const opened = openTransaction(bytes);
  const signedBytes = tagged('transaction', opened.bodyBytes);
  return {
    ...opened,
    id: crypto.sha256(signedBytes),
    signedBytes,
    digest: crypto.sha256(bytes),
    sizeBytes: bytes.length,
  };
}

/**
 * Checks that every signature fits its own key. Whether a key may act for an account is decided at
 * execution, against the state of then.
 *
 * @param fits Whether the next of its Ed25519 signatures fits, for one who has verified them all
 * together; each is verified here unless told.
 * @returns For each signer the origin of its passkey assertion, or undefined for Ed25519.
 * @throws WardError `TRANSACTION_SIGNATURE`, `WEBAUTHN_INVALID`; `CBOR_*` or `FORMAT_*` for an
 * assertion of another form.
 */
export function verifySignatures(
  transaction: ParsedTransaction,
  crypto: Crypto,
  fits: Crypto['ed25519']['verify'] = crypto.ed25519.verify,
): readonly (AssertionOrigin | undefined)[] {
  const { signedBytes } = transaction;
  return transaction.signatures.map(({ publicKey, signature }, signer) => {
    if (publicKey.length === 32) {
      if (fits(signature, signedBytes, publicKey)) return undefined;
      throw refuse('TRANSACTION_SIGNATURE', { signer });
    }
    if (publicKey.length !== 65) throw refuse('TRANSACTION_SIGNATURE', { signer });
    const assertion = WebAuthnAssertion.decode(signature);
    return verifyAssertion(assertion, { challenge: transaction.id, publicKey }, crypto);
  });
}
