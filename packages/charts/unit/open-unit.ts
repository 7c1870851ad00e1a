import {
  type Digest,
  deriveKey,
  equalBytes,
  hash,
  type OpeningKey,
  type Realm,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { type BodyEntry, checkObject, objectNameStream } from '../objects.ts';
import { openOnce, unpadBox } from '../sealed-box.ts';
import { bodyKey, openBody, openBodyBytes, parseBodyHead } from './body.ts';
import { Author, Caption, type ParsedManifest, RecordMetadata } from './manifest.ts';
import { RecordLeaf, recordLeaf } from './record-leaf.ts';
import { authorBytes } from './write-unit.ts';

/** Keys of a unit: k1 by the epoch's key, k2 released by custodians or computed by the owner. */
export interface UnitKeys {
  readonly k1: Uint8Array;
  readonly k2: Uint8Array;
}

/** k1 of a unit. @throws WardError `SEAL_INVALID`. */
export function openUnitKey(
  { manifest, label }: ParsedManifest,
  epochKey: OpeningKey,
  realm: Realm,
): Promise<Uint8Array> {
  const info = hash('unit-seal', [label], realm);
  return realm.crypto.kem.open(manifest.sealedKey, { with: epochKey, info });
}

/**
 * k2 of a unit for the owner, who has the secret scalar R: R·u.
 *
 * @throws WardError `UNIT_INVALID` where the point is none.
 */
export function ownUnitKey({ manifest }: ParsedManifest, secret: Uint8Array, realm: Realm) {
  if (manifest.point === null) return new Uint8Array(0);
  const k2 = realm.crypto.ristretto.multiply(secret, manifest.point.u);
  if (k2 === undefined) throw refuse('UNIT_INVALID');
  return k2;
}

/**
 * Who wrote the unit. The signature is verified; that the key is one of the account's, the
 * caller reads from the ledger.
 *
 * @throws WardError `UNIT_INVALID`, `SEAL_INVALID`.
 */
export async function openAuthor(
  { manifest, label }: ParsedManifest,
  k1: Uint8Array,
  realm: Realm,
): Promise<Author> {
  const key = deriveKey('author-box', { key: k1, parts: [label] }, realm);
  const author = Author.decode(unpadBox(await openOnce(key, manifest.authorBox, realm.crypto)));
  const message = authorBytes(label);
  if (!realm.crypto.ed25519.verify(author.signature, message, author.publicKey)) {
    throw refuse('UNIT_INVALID');
  }
  return author;
}

/** What may be seen of a unit before an entry. @throws WardError `SEAL_INVALID`. */
export async function openCaption(
  { manifest, label }: ParsedManifest,
  k1: Uint8Array,
  realm: Realm,
): Promise<Caption> {
  const key = deriveKey('caption', { key: k1, parts: [label] }, realm);
  return Caption.decode(unpadBox(await openOnce(key, manifest.caption, realm.crypto)));
}

export interface OpenedRecord {
  readonly metadata: RecordMetadata;
  /**
   * The record's bytes. Each piece is authentic; the end throws `UNIT_INVALID` when the whole is
   * not what its leaf commits to, so keep nothing before the end was reached.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface RecordPlace {
  readonly unit: ParsedManifest;
  readonly keys: UnitKeys;
  readonly index: number;
}

/**
 * Opens one record of a unit, and verifies body, salt and leaf on the way.
 *
 * @param body The body's ciphertext as the vault gave it.
 * @throws WardError `OBJECT_MISMATCH`, `SEAL_INVALID`, `UNIT_INVALID`, `CBOR_*`, `FORMAT_*`.
 */
export async function openRecord(
  place: RecordPlace,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  realm: Realm,
): Promise<OpenedRecord> {
  const { unit, keys, index } = place;
  const { manifest, label } = unit;
  const entry = manifest.bodies[index];
  if (entry === undefined) throw refuse('UNIT_INVALID');
  const key = bodyKey({ ...keys, label, index }, realm);
  const checked = checkBody(body, entry, realm);
  const plaintext = openBody(checked, { key, label, index }, realm.crypto);
  const first = await plaintext.next();
  if (first.done) throw refuse('UNIT_INVALID');
  const head = parseBodyHead(first.value);
  const metadata = RecordMetadata.decode(head.metadata);
  const { sizeBytes } = metadata;
  const leaf = new RecordLeaf({ salt: head.salt, metadata: head.metadata, sizeBytes }, realm);
  const rest = first.value.subarray(head.size);
  const pieces = recordPieces({ rest, plaintext, sizeBytes });
  return { metadata, bytes: checkLeaf(pieces, leaf, manifest.leaves[index]!) };
}

/**
 * The same for a body that is in memory: small records are many.
 *
 * @returns The record, verified as a whole.
 * @throws WardError as {@link openRecord} does.
 */
export async function openRecordBytes(
  { unit, keys, index }: RecordPlace,
  body: Uint8Array,
  realm: Realm,
): Promise<{ readonly metadata: RecordMetadata; readonly bytes: Uint8Array }> {
  const { manifest, label } = unit;
  const entry = manifest.bodies[index];
  if (entry === undefined) throw refuse('UNIT_INVALID');
  if (body.length !== entry.size) throw refuse('OBJECT_MISMATCH');
  checkObject(body, entry.digest, realm.crypto);
  const key = bodyKey({ ...keys, label, index }, realm);
  const plaintext = await openBodyBytes(body, { key, label, index }, realm.crypto);
  const head = parseBodyHead(plaintext);
  const metadata = RecordMetadata.decode(head.metadata);
  const end = head.size + metadata.sizeBytes;
  const isPadded = end <= plaintext.length && plaintext.subarray(end).every((byte) => byte === 0);
  if (!isPadded) throw refuse('UNIT_INVALID');
  const bytes = plaintext.slice(head.size, end);
  const leaf = recordLeaf({ salt: head.salt, metadata: head.metadata, bytes }, realm);
  if (!equalBytes(leaf, manifest.leaves[index]!)) throw refuse('UNIT_INVALID');
  return { metadata, bytes };
}

/** Passes a body on and fails at its end when it is not the one that the manifest names. */
async function* checkBody(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { digest, size }: BodyEntry,
  realm: Realm,
): AsyncGenerator<Uint8Array> {
  const name = objectNameStream(realm.crypto);
  let left = size;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) break;
    name.update(chunk);
    yield chunk;
  }
  if (left !== 0 || !equalBytes(name.digest(), digest)) throw refuse('OBJECT_MISMATCH');
}

interface Pieces {
  readonly rest: Uint8Array;
  readonly plaintext: AsyncGenerator<Uint8Array>;
  readonly sizeBytes: number;
}

/** The record's own bytes; what follows is padding and must be zero. */
async function* recordPieces({ rest, plaintext, sizeBytes }: Pieces): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  let piece: Uint8Array | undefined = rest;
  while (piece !== undefined) {
    const own = piece.subarray(0, Math.min(left, piece.length));
    left -= own.length;
    if (own.length > 0) yield own;
    if (piece.subarray(own.length).some((byte) => byte !== 0)) throw refuse('UNIT_INVALID');
    const next: IteratorResult<Uint8Array> = await plaintext.next();
    piece = next.done ? undefined : next.value;
  }
  if (left !== 0) throw refuse('UNIT_INVALID');
}

async function* checkLeaf(
  pieces: AsyncIterable<Uint8Array>,
  leaf: RecordLeaf,
  expected: Digest,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    leaf.update(piece);
    yield piece;
  }
  if (!equalBytes(leaf.digest(), expected)) throw refuse('UNIT_INVALID');
}
