import {
  type AccountId,
  type Digest,
  deriveKey,
  type Ed25519KeyPair,
  equalBytes,
  hash,
  merkleRootOfHashes,
  type Random,
  type Realm,
  tagged,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { type ChartHeader, currentRelease, releaseKey } from '../header/chart-header.ts';
import { CHART_LIMITS } from '../limits.ts';
import { type BodyEntry, objectNameStream, packBodies } from '../objects.ts';
import { makeReleasePoint, type ReleasePoint } from '../release/release-point.ts';
import { padBox, sealOnce } from '../sealed-box.ts';
import {
  type BodyContext,
  bodyHead,
  bodyKey,
  paddedLength,
  sealBody,
  sealBodyBytes,
  sealedLength,
} from './body.ts';
import { unitLabel } from './label.ts';
import {
  AUTHOR_BLOCK_BYTES,
  Author,
  CAPTION_BYTES,
  Caption,
  Manifest,
  RecordMetadata,
  unitCommitment,
} from './manifest.ts';
import { RecordLeaf, recordLeaf } from './record-leaf.ts';

/**
 * A record that goes into a unit. In a unit of 1 MiB or more it is read twice, for its leaf and
 * then for its body; both readings must give the same bytes.
 */
export interface RecordInput {
  readonly metadata: RecordMetadata;
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Who writes: a key of an organisation's account, for a person or device of it. */
export interface UnitAuthor {
  readonly account: AccountId;
  readonly credential: string;
  readonly keyPair: Ed25519KeyPair;
}

export interface UnitInput {
  /** At least one. */
  readonly records: readonly RecordInput[];
  readonly caption: Caption;
  readonly author: UnitAuthor;
  /** Header of the chart, verified and current. */
  readonly header: ChartHeader;
}

/** Where bodies go that are too large to stand in memory. */
export interface BodySink {
  /**
   * Stores a body.
   *
   * @returns The name under which it stands; null from a store that does not say.
   */
  put(body: AsyncIterable<Uint8Array>): Promise<Digest | null>;
}

/** A sealed unit, ready for vault and ledger. */
export interface SealedUnit {
  readonly label: Digest;
  /** Value for its slot, and name of the manifest in the vault. */
  readonly commitment: Digest;
  readonly manifest: Uint8Array;
  readonly bodies: readonly BodyEntry[];
  /** All bodies as one object; null where they went to the sink one by one. */
  readonly packed: Uint8Array | null;
}

interface PreparedRecord {
  readonly record: RecordInput;
  readonly salt: Uint8Array;
  readonly metadata: Uint8Array;
  readonly head: Uint8Array;
  readonly plaintextBytes: number;
}

/**
 * Seals a unit under two locks with public data only: the owner may be offline.
 *
 * @throws WardError `CHART_NOT_OPEN`, `UNIT_RECORDS`, `RECORD_TOO_LARGE`, `RECORD_CHANGED`,
 * `FORMAT_*`; `POINT_INVALID` and `KEY_INVALID` for a header with keys that are none;
 * `OBJECT_MISMATCH` when the sink stored something else.
 */
export async function writeUnit(
  input: UnitInput,
  sink: BodySink,
  random: Random,
  realm: Realm,
): Promise<SealedUnit> {
  const { header, author, records } = input;
  if (header.state !== 'open') throw refuse('CHART_NOT_OPEN');
  const max = CHART_LIMITS.recordsPerUnitMax;
  const count = records.length;
  if (count === 0 || count > max) throw refuse('UNIT_RECORDS', { count, max });
  const prepared = records.map((record) => prepare(record, random));
  const content = await readContent(prepared, realm);
  const leaves = content.map(({ leaf }) => leaf);
  const release = currentRelease(header);
  const fields = {
    suite: header.suite,
    chart: header.chart,
    epoch: header.epoch.number,
    q: release === undefined ? new Uint8Array(0) : releaseKey(release),
    unit: random.bytes(16),
    root: merkleRootOfHashes(leaves, realm.crypto),
    count,
  };
  const label = unitLabel(fields, realm);
  const locks = await makeLocks({ header, label, q: fields.q }, random, realm);
  const sealed = await sealBodies({ content, label, locks }, sink, realm);
  const manifest = Manifest.encode({
    ...fields,
    leaves,
    sealedKey: locks.sealedKey,
    point: locks.point,
    authorBox: await sealAuthor({ author, label, k1: locks.k1 }, realm),
    caption: await sealCaption({ caption: input.caption, label, k1: locks.k1 }, realm),
    packed: sealed.packed !== null,
    bodies: sealed.bodies,
  });
  return { label, commitment: unitCommitment(manifest, realm), manifest, ...sealed };
}

function prepare(record: RecordInput, random: Random): PreparedRecord {
  const { sizeBytes } = record.metadata;
  const max = CHART_LIMITS.recordBytesMax;
  if (sizeBytes > max) throw refuse('RECORD_TOO_LARGE', { size: sizeBytes, max });
  const salt = random.bytes(32);
  const metadata = RecordMetadata.encode(record.metadata);
  const head = bodyHead(salt, metadata);
  return { record, salt, metadata, head, plaintextBytes: paddedLength(head.length + sizeBytes) };
}

/** A record after its first reading. */
interface RecordContent {
  readonly prepared: PreparedRecord;
  readonly leaf: Digest;
  /** Head, record and padding; undefined for a unit that is too large to stand in memory. */
  readonly plaintext: Uint8Array | undefined;
}

async function readContent(
  prepared: readonly PreparedRecord[],
  realm: Realm,
): Promise<RecordContent[]> {
  const size = prepared.reduce((sum, { plaintextBytes }) => sum + sealedLength(plaintextBytes), 0);
  const isSmall = size < CHART_LIMITS.packedBytesMax;
  const content: RecordContent[] = [];
  for (const each of prepared) {
    content.push(isSmall ? await readSmall(each, realm) : await readLarge(each, realm));
  }
  return content;
}

/** Reads a record into memory, where its body is sealed from. */
async function readSmall(prepared: PreparedRecord, realm: Realm): Promise<RecordContent> {
  const { head, salt, metadata, record, plaintextBytes } = prepared;
  const plaintext = new Uint8Array(plaintextBytes);
  plaintext.set(head);
  const end = head.length + record.metadata.sizeBytes;
  let at = head.length;
  for await (const piece of record.open()) {
    if (piece.length > end - at) throw refuse('RECORD_CHANGED');
    plaintext.set(piece, at);
    at += piece.length;
  }
  if (at !== end) throw refuse('RECORD_CHANGED');
  const bytes = plaintext.subarray(head.length, end);
  return { prepared, leaf: recordLeaf({ salt, metadata, bytes }, realm), plaintext };
}

async function readLarge(prepared: PreparedRecord, realm: Realm): Promise<RecordContent> {
  const reading = new RecordReading(prepared, realm);
  for await (const _ of reading.pieces());
  return { prepared, leaf: reading.leaf(), plaintext: undefined };
}

/** Reads a record once, counts its bytes and hashes them. */
class RecordReading {
  readonly #prepared: PreparedRecord;
  readonly #leaf: RecordLeaf;

  constructor(prepared: PreparedRecord, realm: Realm) {
    const { salt, metadata, record } = prepared;
    this.#prepared = prepared;
    this.#leaf = new RecordLeaf({ salt, metadata, sizeBytes: record.metadata.sizeBytes }, realm);
  }

  /** @throws WardError `RECORD_CHANGED` when there is less or more than the metadata says. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const { record } = this.#prepared;
    let left = record.metadata.sizeBytes;
    for await (const piece of record.open()) {
      left -= piece.length;
      if (left < 0) break;
      this.#leaf.update(piece);
      yield piece;
    }
    if (left !== 0) throw refuse('RECORD_CHANGED');
  }

  leaf(): Digest {
    return this.#leaf.digest();
  }
}

interface Locks {
  readonly k1: Uint8Array;
  readonly k2: Uint8Array;
  readonly sealedKey: Uint8Array;
  readonly point: ReleasePoint | null;
}

async function makeLocks(
  { header, label, q }: { header: ChartHeader; label: Digest; q: Uint8Array },
  random: Random,
  realm: Realm,
): Promise<Locks> {
  const { kem } = realm.crypto;
  const k1 = random.bytes(32);
  const to = kem.sealingKey(header.epoch.sealingKey);
  const sealedKey = await kem.seal(k1, { to, info: hash('unit-seal', [label], realm) });
  if (q.length === 0) return { k1, k2: q, sealedKey, point: null };
  const { point, k2 } = makeReleasePoint({ label, q }, random, realm.crypto);
  return { k1, k2, sealedKey, point };
}

interface BodiesInput {
  readonly content: readonly RecordContent[];
  readonly label: Digest;
  readonly locks: Locks;
}

async function sealBodies(
  { content, label, locks }: BodiesInput,
  sink: BodySink,
  realm: Realm,
): Promise<{ bodies: BodyEntry[]; packed: Uint8Array | null }> {
  const bodies: BodyEntry[] = [];
  const chunks: Uint8Array[] = [];
  let isPacked = true;
  for (const [index, each] of content.entries()) {
    const context = { key: bodyKey({ ...locks, label, index }, realm), label, index };
    if (each.plaintext === undefined) {
      isPacked = false;
      bodies.push(await streamBody(each, context, sink, realm));
    } else {
      const body = await sealBodyBytes(each.plaintext, context, realm.crypto);
      bodies.push(entryOf(body, realm));
      chunks.push(...body);
    }
  }
  return { bodies, packed: isPacked ? packBodies(chunks) : null };
}

function entryOf(chunks: readonly Uint8Array[], { crypto }: Realm): BodyEntry {
  const name = objectNameStream(crypto);
  for (const chunk of chunks) name.update(chunk);
  return { digest: name.digest(), size: chunks.reduce((sum, { length }) => sum + length, 0) };
}

/** Reads a record a second time, and seals it into the sink. */
async function streamBody(
  { prepared, leaf }: RecordContent,
  context: BodyContext,
  sink: BodySink,
  realm: Realm,
): Promise<BodyEntry> {
  const reading = new RecordReading(prepared, realm);
  const name = objectNameStream(realm.crypto);
  let size = 0;
  async function* named(): AsyncGenerator<Uint8Array> {
    for await (const chunk of sealBody(plaintextOf(prepared, reading), context, realm.crypto)) {
      name.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    // Other bytes than at first would make a body that its own leaf refuses.
    if (!equalBytes(reading.leaf(), leaf)) throw refuse('RECORD_CHANGED');
  }
  const stored = await sink.put(named());
  const digest = name.digest();
  const isWhole = size === sealedLength(prepared.plaintextBytes);
  const isNamed = stored === null || equalBytes(stored, digest);
  if (!isWhole || !isNamed) throw refuse('OBJECT_MISMATCH');
  return { digest, size };
}

/** Head, record and padding. */
async function* plaintextOf(
  { head, record, plaintextBytes }: PreparedRecord,
  reading: RecordReading,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* reading.pieces();
  let left = plaintextBytes - head.length - record.metadata.sizeBytes;
  const block = new Uint8Array(Math.min(65_536, left));
  for (; left > 0; left -= block.length)
    yield left < block.length ? block.subarray(0, left) : block;
}

/** What an author signs: the unit's label, so that the unit can stand in no other chart. */
export function authorBytes(label: Digest): Uint8Array {
  return tagged('author', label);
}

async function sealAuthor(
  { author, label, k1 }: { author: UnitAuthor; label: Digest; k1: Uint8Array },
  realm: Realm,
): Promise<Uint8Array> {
  const { account, credential, keyPair } = author;
  const signature = realm.crypto.ed25519.sign(authorBytes(label), keyPair.secretKey);
  const { publicKey } = keyPair;
  const encoded = Author.encode({ account, publicKey, credential, signature });
  const box = padBox(encoded, AUTHOR_BLOCK_BYTES);
  return sealOnce(deriveKey('author-box', { key: k1, parts: [label] }, realm), box, realm.crypto);
}

async function sealCaption(
  { caption, label, k1 }: { caption: Caption; label: Digest; k1: Uint8Array },
  realm: Realm,
): Promise<Uint8Array> {
  const key = deriveKey('caption', { key: k1, parts: [label] }, realm);
  return sealOnce(key, padBox(Caption.encode(caption), CAPTION_BYTES), realm.crypto);
}
