import { type CborValue, encodeCbor, writeCbor } from './cbor/cbor.ts';
import { CborWriter } from './cbor/writer.ts';
import type { Crypto } from './crypto.ts';
import type { Tag } from './tags.ts';
import type { Digest, NetworkId } from './units.ts';
import { encodeUtf8 } from './utf8.ts';

/** A network, and the cryptography to make and check its objects with. */
export interface Realm {
  readonly network: NetworkId;
  readonly crypto: Crypto;
}

const prefixes = new Map<Tag, Uint8Array>();

function prefixOf(tag: Tag): Uint8Array {
  let prefix = prefixes.get(tag);
  if (prefix === undefined) {
    prefix = encodeUtf8(`ward/${tag}/v1\0`);
    prefixes.set(tag, prefix);
  }
  return prefix;
}

/** `ward/`tag`/v1` ‖ 00 ‖ bytes: what is signed, and what an id is the SHA-256 of. */
export function tagged(tag: Tag, bytes: Uint8Array): Uint8Array {
  const prefix = prefixOf(tag);
  const joined = new Uint8Array(prefix.length + bytes.length);
  joined.set(prefix);
  joined.set(bytes, prefix.length);
  return joined;
}

/** SHA-256 over the tagged bytes: the digest by which an object of its own is named. */
export function taggedDigest(tag: Tag, bytes: Uint8Array, crypto: Crypto): Digest {
  return crypto.sha256(tagged(tag, bytes));
}

/** H(tag, x…) = SHA-256(tag ‖ 00 ‖ CBOR [network id, x…]). */
export function hash(tag: Tag, parts: readonly CborValue[], realm: Realm): Digest {
  const writer = writeContext(tag, parts, realm);
  const digest = realm.crypto.sha256(writer.view());
  writer.release();
  return digest;
}

/** The input of {@link hash}: for HKDF's info and other places that bind a context themselves. */
export function context(tag: Tag, parts: readonly CborValue[], realm: Realm): Uint8Array {
  const writer = writeContext(tag, parts, realm);
  const bytes = writer.finish();
  writer.release();
  return bytes;
}

function writeContext(tag: Tag, parts: readonly CborValue[], { network }: Realm): CborWriter {
  const writer = new CborWriter();
  writer.raw(prefixOf(tag));
  writer.list(1 + parts.length);
  writer.byteString(network);
  for (const part of parts) writeCbor(writer, part);
  return writer;
}

/**
 * MAC(k, x…) = HMAC-SHA-256(k, tag ‖ 00 ‖ CBOR [x…]).
 *
 * @param key Exactly 32 bytes: HMAC pads shorter keys, so two keys could give one MAC.
 */
export function mac(
  tag: Tag,
  key: Uint8Array,
  parts: readonly CborValue[],
  crypto: Crypto,
): Uint8Array {
  if (key.length !== 32) throw new Error('a MAC key has exactly 32 bytes');
  return crypto.hmacSha256(key, tagged(tag, encodeCbor(parts)));
}

export interface DerivedKeyOptions {
  readonly key: Uint8Array;
  readonly salt?: Uint8Array;
  readonly parts: readonly CborValue[];
}

/** A 32-byte key by HKDF, bound to tag, network and parts. */
export function deriveKey(tag: Tag, options: DerivedKeyOptions, realm: Realm): Uint8Array {
  const { key, salt = new Uint8Array(32), parts } = options;
  return realm.crypto.hkdfSha256({ key, salt, info: context(tag, parts, realm), length: 32 });
}
