import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  defineFormat,
  type Ed25519KeyPair,
  type FormatOf,
  field,
  hash,
  type Realm,
  type Seconds,
  tagged,
} from '@ward/protocol';

/** How long custodians keep the shares of an erased chart: its owner may have been robbed. */
export const SHARE_DELETION_DELAY_SECONDS = 21 * 24 * 3600;

/**
 * A vault's or custodian's word that it deleted, or will delete, something. It is a promise: nobody
 * can prove that no copy is left.
 */
export const DeletionReceipt = defineFormat('deletion-receipt', 1, {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  what: field.word(['object', 'body', 'shares']),
  /** Name of the object, digest of the body, or chart whose shares are meant. */
  subject: field.bytes(DIGEST_BYTES),
  /** From when on it is gone. */
  time: field.integer<Seconds>(),
  signature: field.bytes(64),
});
export type DeletionReceipt = FormatOf<typeof DeletionReceipt>;
type UnsignedReceipt = Omit<DeletionReceipt, 'signature'>;

function receiptBytes({ organisation, what, subject, time }: UnsignedReceipt, realm: Realm) {
  const parts = [organisation, what, subject, time];
  return tagged('deletion-receipt', hash('deletion-receipt', parts, realm));
}

export function signDeletion(
  receipt: UnsignedReceipt,
  keyPair: Ed25519KeyPair,
  realm: Realm,
): DeletionReceipt {
  const signature = realm.crypto.ed25519.sign(receiptBytes(receipt, realm), keyPair.secretKey);
  return { ...receipt, signature };
}

export function verifyDeletion(
  receipt: DeletionReceipt,
  publicKey: Uint8Array,
  realm: Realm,
): boolean {
  return realm.crypto.ed25519.verify(receipt.signature, receiptBytes(receipt, realm), publicKey);
}
