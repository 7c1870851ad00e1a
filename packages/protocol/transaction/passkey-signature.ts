import { compareBytes, concatBytes, parseHex } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const SCALAR_BYTES = 32;

/** Order of P-256's group. */
const ORDER = parseHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const HALF_ORDER = parseHex('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8');

/**
 * The form in which a transaction carries a passkey's signature: r ‖ s with the smaller s.
 *
 * @param der What an authenticator gives: an ECDSA signature in DER (WebAuthn, section 6.5.5).
 * @returns 64 bytes.
 * @throws WardError `WEBAUTHN_INVALID` for anything but two DER integers of P-256's range.
 * @example passkeySignature(new Uint8Array(credential.response.signature))
 */
export function passkeySignature(der: Uint8Array): Uint8Array {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der.length > 72) throw invalid();
  const first = readInteger(der, 2);
  const second = readInteger(der, first.end);
  if (second.end !== der.length) throw invalid();
  return concatBytes(first.value, lowS(second.value));
}

/** The smaller of s and n − s: both are signatures, Ward takes only one of them. */
export function lowS(s: Uint8Array): Uint8Array {
  if (isLowS(s)) return s;
  const other = new Uint8Array(SCALAR_BYTES);
  let borrow = 0;
  for (let i = SCALAR_BYTES - 1; i >= 0; i--) {
    const difference = ORDER[i]! - s[i]! - borrow;
    borrow = difference < 0 ? 1 : 0;
    other[i] = difference & 0xff;
  }
  return other;
}

/** Whether s is the smaller of the two that make a signature. */
export function isLowS(s: Uint8Array): boolean {
  return compareBytes(s, HALF_ORDER) <= 0;
}

/** A positive DER integer in its shortest form, below the group's order. */
function readInteger(der: Uint8Array, at: number): { value: Uint8Array; end: number } {
  const length = der[at + 1] ?? 0;
  const start = at + 2;
  const end = start + length;
  if (der[at] !== INTEGER || length === 0 || end > der.length) throw invalid();
  const hasPadding = der[start] === 0 && length > 1;
  const isNegative = der[start]! >= 0x80;
  const isLonger = hasPadding && der[start + 1]! < 0x80;
  const digits = der.subarray(hasPadding ? start + 1 : start, end);
  if (isNegative || isLonger || digits.length > SCALAR_BYTES) throw invalid();
  const value = new Uint8Array(SCALAR_BYTES);
  value.set(digits, SCALAR_BYTES - digits.length);
  if (compareBytes(value, ORDER) >= 0 || value.every((byte) => byte === 0)) throw invalid();
  return { value, end };
}

function invalid() {
  return refuse('WEBAUTHN_INVALID');
}
