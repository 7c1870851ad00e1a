// docs/protocol.md done again on Node's hashes, AES and Ed25519: with none of the code that the
// page is about. Where this and the vectors agree, the page says what the code does.
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  hkdfSync,
  verify,
} from 'node:crypto';

export type Item = number | string | boolean | null | Uint8Array | readonly Item[];

export const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'utf8'));

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(joined(...parts))
      .digest(),
  );
}

function head(major: number, argument: number): Uint8Array {
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | argument);
  const size = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = type | (24 + Math.log2(size));
  if (size === 8) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(argument, 1, size);
  return new Uint8Array(bytes);
}

/** Section "CBOR". */
export function encode(item: Item): Uint8Array {
  if (item === null) return Uint8Array.of(0xf6);
  if (typeof item === 'boolean') return Uint8Array.of(item ? 0xf5 : 0xf4);
  if (typeof item === 'number') return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === 'string') return joined(head(3, ascii(item).length), ascii(item));
  if (item instanceof Uint8Array) return joined(head(2, item.length), item);
  return joined(head(4, item.length), ...item.map(encode));
}

/** The value of bytes that are known to be right. */
export function decode(bytes: Uint8Array): Item {
  const view = Buffer.from(bytes);
  let at = 0;
  const argument = (short: number): number => {
    if (short < 24) return short;
    const size = 2 ** (short - 24);
    at += size;
    return size === 8 ? Number(view.readBigUInt64BE(at - size)) : view.readUIntBE(at - size, size);
  };
  const next = (): Item => {
    const first = view[at++]!;
    const major = first >> 5;
    if (major === 7) return first === 0xf6 ? null : first === 0xf5;
    const value = argument(first & 31);
    if (major === 0) return value;
    if (major === 1) return -1 - value;
    if (major === 4) return Array.from({ length: value }, next);
    at += value;
    const content = view.subarray(at - value, at);
    return major === 3 ? content.toString('utf8') : new Uint8Array(content);
  };
  return next();
}

const prefix = (tag: string) => ascii(`ward/${tag}/v1\0`);

export const tagged = (tag: string, bytes: Uint8Array) => joined(prefix(tag), bytes);
export const D = (tag: string, bytes: Uint8Array) => sha256(tagged(tag, bytes));

const NO_SALT = new Uint8Array(32);

/** What a network's hashes and keys are bound to. */
export function realm(network: Uint8Array) {
  const context = (tag: string, parts: readonly Item[]) =>
    joined(prefix(tag), encode([network, ...parts]));
  return {
    context,
    H: (tag: string, ...parts: readonly Item[]) => sha256(context(tag, parts)),
    KDF: (tag: string, key: Uint8Array, parts: readonly Item[], salt: Uint8Array = NO_SALT) =>
      new Uint8Array(hkdfSync('sha256', key, salt, context(tag, parts), 32)),
  };
}

export function MAC(tag: string, key: Uint8Array, ...parts: readonly Item[]): Uint8Array {
  return new Uint8Array(
    createHmac('sha256', key)
      .update(tagged(tag, encode(parts)))
      .digest(),
  );
}

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

/** Root over leaf hashes (RFC 6962). */
export function rootOfHashes(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256(INNER, rootOfHashes(leaves.slice(0, half)), rootOfHashes(leaves.slice(half)));
}

export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  return rootOfHashes(leaves.map((leaf) => sha256(LEAF, leaf)));
}

export interface Proof {
  readonly depth: number;
  readonly bitmap: string;
  readonly siblings: readonly string[];
  readonly terminal: {
    readonly kind: string;
    readonly keyHash?: string;
    readonly valueHash?: string;
  };
}

const bit = (bytes: Uint8Array, i: number) => (bytes[i >> 3]! >> (7 - (i & 7))) & 1;

/** Section "State and its proofs": the root that a claim and its proof lead to. */
export function rootOfClaim(key: Uint8Array, value: Uint8Array | null, proof: Proof): Uint8Array {
  const { depth, bitmap, siblings, terminal } = proof;
  const keyHash = sha256(key);
  const empty = new Uint8Array(32);
  let node: Uint8Array = empty;
  if (value !== null) node = sha256(LEAF, keyHash, sha256(value));
  else if (terminal.kind === 'other') {
    node = sha256(LEAF, bytesOf(terminal.keyHash!), bytesOf(terminal.valueHash!));
  }
  const present = siblings.map(bytesOf);
  for (let level = depth - 1; level >= 0; level--) {
    const sibling = bit(bytesOf(bitmap), level) === 1 ? present.pop()! : empty;
    node = bit(keyHash, level) === 0 ? sha256(node, sibling) : sha256(sibling, node);
  }
  return node;
}

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Section "State and its proofs": the root of a whole state. */
export function rootOfState(entries: readonly Entry[], depth = 0): Uint8Array {
  if (entries.length === 0) return new Uint8Array(32);
  const [{ key, value }] = entries as [Entry];
  if (entries.length === 1) return sha256(LEAF, sha256(key), sha256(value));
  const side = (way: number) => entries.filter((each) => bit(sha256(each.key), depth) === way);
  return sha256(rootOfState(side(0), depth + 1), rootOfState(side(1), depth + 1));
}

/** A key of the state: each part behind its length. */
export function stateKey(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = parts.map((part) => (typeof part === 'string' ? ascii(part) : part));
  return joined(...bytes.flatMap((part) => [Uint8Array.of(part.length), part]));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}

type ProtoValue = number | Uint8Array | { readonly message: Uint8Array };

/** Protobuf: zeros and empty bytes are left out, a message inside is there even when empty. */
export function proto(fields: { readonly [number: number]: ProtoValue }): Uint8Array {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    const number = Number(name);
    if (typeof value === 'number') {
      return value === 0 ? [] : [Uint8Array.of(number << 3), varint(value)];
    }
    const isMessage = !(value instanceof Uint8Array);
    const content = isMessage ? value.message : value;
    if (content.length === 0 && !isMessage) return [];
    return [Uint8Array.of((number << 3) | 2), varint(content.length), content];
  });
  return joined(...parts);
}

/** Section "Units": the length to which a body is padded. */
export function padme(length: number): number {
  if (length <= 1024) return 1024;
  const exponent = Math.floor(Math.log2(length));
  const unit = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(length / unit) * unit;
}

/** Section "Units": a body of one chunk. */
export function openChunk(sealed: Uint8Array, key: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = joined(new Uint8Array(7), new Uint8Array(4), Uint8Array.of(1));
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.slice(-16));
  return joined(decipher.update(sealed.slice(0, -16)), decipher.final());
}

/** An honest Ed25519 signature; the rule for others is not Node's. */
export function isSigned(message: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  const x = Buffer.from(key).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, publicKey, signature);
}
