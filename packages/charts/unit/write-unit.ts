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
import { sealOnce } from '../sealed-box.ts';
import { bodyHead, bodyKey, paddedLength, sealBody, sealedLength } from './body.ts';
import { unitLabel } from './label.ts';
import { Author, Caption, Manifest, RecordMetadata, unitCommitment } from './manifest.ts';
import { RecordLeaf } from './record-leaf.ts';

/** A record that goes into a unit. It is read twice: for its leaf, then for its body. */
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
  /** Stores a body and returns the name under which it stands. */
  put(body: AsyncIterable<Uint8Array>): Promise<Digest>;
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
  readonly head: Uint8Array;
  readonly leaf: Digest;
  readonly plaintextBytes: number;
}

/**
 * Seals a unit under two locks with public data only: the owner may be offline.
 *
 * @throws WardError `CHART_NOT_OPEN`, `RECORD_TOO_LARGE`, `FORMAT_*`, `OBJECT_MISMATCH` (the sink).
 */
export async function writeUnit(
  input: UnitInput,
  sink: BodySink,
  random: Random,
  realm: Realm,
): Promise<SealedUnit> {
  const { header, author, records } = input;
  if (header.state !== 'open') throw refuse('CHART_NOT_OPEN');
  const prepared: PreparedRecord[] = [];
  for (const record of records) prepared.push(await prepare(record, random, realm));
  const leaves = prepared.map(({ leaf }) => leaf);
  const release = currentRelease(header);
  const fields = {
    suite: header.suite,
    chart: header.chart,
    epoch: header.epoch.number,
    q: release === undefined ? new Uint8Array(0) : releaseKey(release),
    unit: random.bytes(16),
    root: merkleRootOfHashes(leaves, realm.crypto),
    count: leaves.length,
  };
  const label = unitLabel(fields, realm);
  const locks = await makeLocks({ header, label, q: fields.q }, random, realm);
  const size = prepared.reduce((sum, { plaintextBytes }) => sum + sealedLength(plaintextBytes), 0);
  const isPacked = size < CHART_LIMITS.packedBytesMax;
  const sealed = await sealBodies({ prepared, label, locks, isPacked }, sink, realm);
  const manifest = Manifest.encode({
    ...fields,
    leaves,
    sealedKey: locks.sealedKey,
    point: locks.point,
    authorBox: await sealAuthor({ author, label, k1: locks.k1 }, realm),
    caption: await sealCaption({ caption: input.caption, label, k1: locks.k1 }, realm),
    packed: isPacked,
    bodies: sealed.bodies,
  });
  return { label, commitment: unitCommitment(manifest, realm), manifest, ...sealed };
}

/** Salt, metadata and leaf of a record; its first reading. */
async function prepare(record: RecordInput, random: Random, realm: Realm): Promise<PreparedRecord> {
  const { sizeBytes } = record.metadata;
  const max = CHART_LIMITS.recordBytesMax;
  if (sizeBytes > max) throw refuse('RECORD_TOO_LARGE', { size: sizeBytes, max });
  const salt = random.bytes(32);
  const metadata = RecordMetadata.encode(record.metadata);
  const leaf = new RecordLeaf({ salt, metadata, sizeBytes }, realm);
  for await (const piece of record.open()) leaf.update(piece);
  const head = bodyHead(salt, metadata);
  const plaintextBytes = paddedLength(head.length + sizeBytes);
  return { record, head, leaf: leaf.digest(), plaintextBytes };
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
  readonly prepared: readonly PreparedRecord[];
  readonly label: Digest;
  readonly locks: Locks;
  readonly isPacked: boolean;
}

async function sealBodies(
  { prepared, label, locks, isPacked }: BodiesInput,
  sink: BodySink,
  realm: Realm,
): Promise<{ bodies: BodyEntry[]; packed: Uint8Array | null }> {
  const bodies: BodyEntry[] = [];
  const contents: Uint8Array[] = [];
  for (const [index, record] of prepared.entries()) {
    const key = bodyKey({ ...locks, label, index }, realm);
    const sealed = sealBody(plaintextOf(record), { key, label, index }, realm.crypto);
    const name = objectNameStream(realm.crypto);
    let size = 0;
    const named = passing(sealed, (chunk) => {
      name.update(chunk);
      size += chunk.length;
    });
    let stored: Digest | undefined;
    if (isPacked) for await (const chunk of named) contents.push(chunk);
    else stored = await sink.put(named);
    const digest = name.digest();
    if (stored !== undefined && !equalBytes(stored, digest)) throw refuse('OBJECT_MISMATCH');
    bodies.push({ digest, size });
  }
  return { bodies, packed: isPacked ? packBodies(contents) : null };
}

/** Head, record and padding. */
async function* plaintextOf(prepared: PreparedRecord): AsyncGenerator<Uint8Array> {
  const { record, head, plaintextBytes } = prepared;
  yield head;
  let written = head.length;
  for await (const piece of record.open()) {
    written += piece.length;
    yield piece;
  }
  if (written !== head.length + record.metadata.sizeBytes) throw refuse('UNIT_INVALID');
  const block = new Uint8Array(Math.min(65_536, plaintextBytes - written));
  for (let left = plaintextBytes - written; left > 0; left -= block.length) {
    yield left < block.length ? block.subarray(0, left) : block;
  }
}

async function* passing(
  source: AsyncIterable<Uint8Array>,
  look: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    look(chunk);
    yield chunk;
  }
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
  const box = Author.encode({ account, publicKey, credential, signature });
  return sealOnce(deriveKey('author-box', { key: k1, parts: [label] }, realm), box, realm.crypto);
}

async function sealCaption(
  { caption, label, k1 }: { caption: Caption; label: Digest; k1: Uint8Array },
  realm: Realm,
): Promise<Uint8Array> {
  const key = deriveKey('caption', { key: k1, parts: [label] }, realm);
  return sealOnce(key, Caption.encode(caption), realm.crypto);
}
