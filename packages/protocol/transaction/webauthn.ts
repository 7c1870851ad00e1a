import { toBase64url } from '../base64url.ts';
import { concatBytes, equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { bytes, bytesBetween } from '../format/fields.ts';
import type { Digest } from '../units.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';
import { isLowS } from './passkey-signature.ts';

/** A passkey's signature as it stands in an envelope. */
export const WebAuthnAssertion = defineFormat('webauthn-assertion', 1, {
  authenticator: bytesBetween(37, 256),
  client: bytesBetween(80, 640),
  signature: bytes(64),
});
export type WebAuthnAssertion = FormatOf<typeof WebAuthnAssertion>;

/** What an assertion says of itself; compared with what was pinned when the key was enrolled. */
export interface AssertionOrigin {
  /** SHA-256 of the relying party's id. */
  readonly rpIdHash: Uint8Array;
  readonly origin: string;
}

const USER_PRESENT = 1;
const USER_VERIFIED = 4;

/**
 * Verifies an assertion by the limited verification algorithm of WebAuthn (level 3, section
 * 5.8.1.2): the client data is compared byte by byte, no JSON is parsed.
 *
 * @param challenge Digest that the passkey was asked to sign: the transaction's id.
 * @returns Where it was made, for the caller to compare with the enrolled key.
 * @throws WardError `WEBAUTHN_INVALID`.
 */
export function verifyAssertion(
  assertion: WebAuthnAssertion,
  { challenge, publicKey }: { challenge: Digest; publicKey: Uint8Array },
  crypto: Crypto,
): AssertionOrigin {
  const { authenticator, client, signature } = assertion;
  const flags = authenticator[32]!;
  const needed = USER_PRESENT | USER_VERIFIED;
  const origin = readOrigin(client, challenge);
  if ((flags & needed) !== needed || origin === undefined || !isLowS(signature.subarray(32))) {
    throw refuse('WEBAUTHN_INVALID');
  }
  const message = concatBytes(authenticator, crypto.sha256(client));
  if (!crypto.p256.verify(signature, message, publicKey)) throw refuse('WEBAUTHN_INVALID');
  return { rpIdHash: authenticator.slice(0, 32), origin };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/** The origin in client data of exactly the expected form; undefined for any other form. */
function readOrigin(client: Uint8Array, challenge: Digest): string | undefined {
  const start = encodeUtf8(
    `{"type":"webauthn.get","challenge":"${toBase64url(challenge)}","origin":"`,
  );
  if (!equalBytes(client.subarray(0, start.length), start)) return undefined;
  let end = start.length;
  while (end < client.length && client[end] !== QUOTE) {
    if (client[end] === BACKSLASH || client[end]! < 0x20) return undefined;
    end++;
  }
  // Members may follow (browsers add some on purpose), but never before or among these.
  const rest = encodeUtf8('","crossOrigin":false');
  const behind = end + rest.length;
  if (!equalBytes(client.subarray(end, behind), rest)) return undefined;
  const isClosed = client[behind] === CLOSING_BRACE && client.length === behind + 1;
  const isContinued = client[behind] === COMMA && client.at(-1) === CLOSING_BRACE;
  if (!isClosed && !isContinued) return undefined;
  return decodeUtf8(client, start.length, end);
}
