import { parseHex, toHex } from '../bytes.ts';
import { encodeCbor } from '../cbor/cbor.ts';
import type { Ed25519KeyPair, Random } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { bytes, integer, struct, variant } from '../format/fields.ts';
import { type Realm, tagged } from '../realm.ts';
import { ACCOUNT_ID_BYTES, type AccountId, DIGEST_BYTES, type Seconds } from '../units.ts';

/** Name of the HTTP header that carries a request's signature, in hexadecimal. */
export const REQUEST_HEADER = 'ward-request';
/** How far the time of a request may be from the server's. */
export const REQUEST_AGE_SECONDS_MAX = 120;
/** Characters of the header; a signature has fewer than half. */
const HEADER_LENGTH_MAX = 1024;

/**
 * Who signs: an organisation by a service key of its account, or the owner of a chart by the
 * chart's key (`cold` completes the preimage of the chart's id).
 */
const signerField = variant({
  organisation: struct({ account: bytes(ACCOUNT_ID_BYTES), publicKey: bytes(32) }),
  owner: struct({ ck: bytes(32), cold: bytes(DIGEST_BYTES) }),
});

export const RequestSignature = defineFormat('request-signature', 1, {
  signer: signerField,
  time: integer<Seconds>(),
  nonce: bytes(16),
  signature: bytes(64),
});
export type RequestSignature = FormatOf<typeof RequestSignature>;
export type RequestSignerKey = RequestSignature['signer'];

/** What a signature is for. A raw body is bound by the digest in its path, so it is null here. */
export interface SignedRequest {
  /** The organisation that runs the server: a request to one is none to another. */
  readonly audience: AccountId;
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array | null;
}

function requestBytes(
  request: SignedRequest,
  { time, nonce }: { time: Seconds; nonce: Uint8Array },
  { network, crypto }: Realm,
): Uint8Array {
  const digest = request.body === null ? null : crypto.sha256(request.body);
  const { audience, method, target } = request;
  return tagged('request', encodeCbor([network, audience, method, target, digest, time, nonce]));
}

export interface RequestKey {
  readonly signer: RequestSignerKey;
  readonly keyPair: Ed25519KeyPair;
}

/** Value of the {@link REQUEST_HEADER}. */
export function signRequest(
  request: SignedRequest,
  { key, time }: { key: RequestKey; time: Seconds },
  random: Random,
  realm: Realm,
): string {
  const nonce = random.bytes(16);
  const message = requestBytes(request, { time, nonce }, realm);
  const signature = realm.crypto.ed25519.sign(message, key.keyPair.secretKey);
  return toHex(RequestSignature.encode({ signer: key.signer, time, nonce, signature }));
}

/**
 * Checks the signature of a request. Whether the key is the account's, and whether the nonce is
 * new, is the server's to check.
 *
 * @throws WardError `REQUEST_UNSIGNED`, `REQUEST_SIGNATURE`, `REQUEST_TIME`, `HEX_INVALID`,
 * `CBOR_*`, `FORMAT_*`.
 */
export function verifyRequest(
  request: SignedRequest,
  { header, now }: { header: string | undefined; now: Seconds },
  realm: Realm,
): RequestSignature {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) throw refuse('REQUEST_UNSIGNED');
  const signed = RequestSignature.decode(parseHex(header));
  const publicKey = signed.signer.kind === 'owner' ? signed.signer.ck : signed.signer.publicKey;
  const message = requestBytes(request, signed, realm);
  if (!realm.crypto.ed25519.verify(signed.signature, message, publicKey)) {
    throw refuse('REQUEST_SIGNATURE');
  }
  if (Math.abs(now - signed.time) > REQUEST_AGE_SECONDS_MAX) {
    throw refuse('REQUEST_TIME', { skewSeconds: now - signed.time });
  }
  return signed;
}
