import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type Digest,
  defineFormat,
  type Ed25519KeyPair,
  type FormatOf,
  field,
  hash,
  type OpeningKey,
  type Realm,
  type SealingKey,
  type Seconds,
  tagged,
} from '@ward/protocol';
import { absenceField } from '../erasure/erased-set.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';

/**
 * What a grantee shows a custodian: everything that the decision needs as raw objects, each of
 * which the custodian checks against its own state of the ledger.
 */
export const OpeningRequest = defineFormat('opening-request', 1, {
  /** B, its salt, and its number n within the grant. */
  entry: field.bytesBetween(1, 64 * 1024),
  entrySalt: field.bytes(32),
  entryNumber: field.integer(0, LIMITS.openingsMax),
  grant: field.bytesBetween(1, 16 * 1024),
  grantSalt: field.bytes(32),
  roster: field.bytesBetween(1, 8 * 1024 * 1024),
  header: field.bytesBetween(1, 256 * 1024),
  manifests: field.list(field.bytesBetween(1, LIMITS.manifestBytesMax), {
    min: 1,
    max: LIMITS.unitsPerOpeningMax,
  }),
  /** For each label of the entry, where the header lists the erased ones as a set; else empty. */
  absences: field.list(absenceField, { max: LIMITS.unitsPerOpeningMax }),
});
export type OpeningRequest = FormatOf<typeof OpeningRequest>;

/** The request with who asks, signed by a service key of the organisation. */
export const SignedOpeningRequest = defineFormat('signed-opening-request', 1, {
  request: field.bytesBetween(1, LIMITS.openingRequestBytesMax),
  /** Account that signs, and its key. */
  account: field.bytes(ACCOUNT_ID_BYTES),
  publicKey: field.bytes(32),
  time: field.integer<Seconds>(),
  signature: field.bytes(64),
});
export type SignedOpeningRequest = FormatOf<typeof SignedOpeningRequest>;

function requestBytes(
  fields: { request: Uint8Array; time: Seconds; custodian: AccountId },
  realm: Realm,
): Uint8Array {
  const { request, time, custodian } = fields;
  return tagged('opening-request', hash('opening-request', [custodian, time, request], realm));
}

function sealContext(custodian: AccountId, realm: Realm): Digest {
  return hash('opening-request-seal', [custodian], realm);
}

export interface OpeningAsker {
  readonly account: AccountId;
  readonly keyPair: Ed25519KeyPair;
  readonly time: Seconds;
}

/** Signs a request for one custodian and seals it to that custodian. */
export async function sealOpeningRequest(
  request: Uint8Array,
  { asker, custodian }: { asker: OpeningAsker; custodian: { id: AccountId; key: SealingKey } },
  realm: Realm,
): Promise<Uint8Array> {
  const { account, keyPair, time } = asker;
  const message = requestBytes({ request, time, custodian: custodian.id }, realm);
  const signature = realm.crypto.ed25519.sign(message, keyPair.secretKey);
  const { publicKey } = keyPair;
  const signed = SignedOpeningRequest.encode({ request, account, publicKey, time, signature });
  const info = sealContext(custodian.id, realm);
  return realm.crypto.kem.seal(signed, { to: custodian.key, info });
}

export interface ReceivedOpeningRequest {
  readonly signed: SignedOpeningRequest;
  readonly request: OpeningRequest;
  /** The signature fits the key; whether the key is the account's, the ledger says. */
  readonly isSigned: boolean;
}

/** @throws WardError `SEAL_INVALID`, `CBOR_*`, `FORMAT_*`. */
export async function openOpeningRequest(
  sealed: Uint8Array,
  { custodian, key }: { custodian: AccountId; key: OpeningKey },
  realm: Realm,
): Promise<ReceivedOpeningRequest> {
  const info = sealContext(custodian, realm);
  const opened = await realm.crypto.kem.open(sealed, { with: key, info });
  const signed = SignedOpeningRequest.decode(opened);
  const { publicKey, signature, request, time } = signed;
  const message = requestBytes({ request, time, custodian }, realm);
  const isSigned = realm.crypto.ed25519.verify(signature, message, publicKey);
  return { signed, request: OpeningRequest.decode(request), isSigned };
}
