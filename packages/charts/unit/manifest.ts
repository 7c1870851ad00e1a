import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  type FormatOf,
  field,
  hash,
  merkleRootOfHashes,
  type Realm,
  SEAL_OVERHEAD_BYTES,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';
import { unitLabel } from './label.ts';

/** An author is padded to a multiple of this, a caption to exactly that. */
export const AUTHOR_BLOCK_BYTES = 256;
export const CAPTION_BYTES = 32;

export const releasePointField = field.struct({
  u: field.bytes(32),
  uBar: field.bytes(32),
  c: field.bytes(32),
  d: field.bytes(32),
});

/** All of a unit but its bodies: public to those who know its digest, meaningless without keys. */
export const Manifest = defineFormat('manifest', 1, {
  suite: field.integer(1, 1),
  chart: field.bytes(DIGEST_BYTES),
  epoch: field.integer(0, LIMITS.epochsMax),
  q: field.bytesBetween(0, 32),
  unit: field.bytes(16),
  root: field.bytes(DIGEST_BYTES),
  leaves: field.list(field.bytes(DIGEST_BYTES), { min: 1, max: LIMITS.recordsPerUnitMax }),
  /** k1, sealed to the epoch's key. */
  sealedKey: field.bytes(SEAL_OVERHEAD_BYTES + 32),
  /** Lock on k2; null for a chart without a release key. */
  point: field.nullable(releasePointField),
  authorBox: field.bytesBetween(AUTHOR_BLOCK_BYTES + 16, 2 * AUTHOR_BLOCK_BYTES + 16),
  caption: field.bytes(CAPTION_BYTES + 16),
  /** The bodies are one object in the vault, or each one of its own. */
  packed: field.boolean(),
  bodies: field.list(field.struct({ digest: field.bytes(DIGEST_BYTES), size: field.integer(1) }), {
    min: 1,
    max: LIMITS.recordsPerUnitMax,
  }),
});
export type Manifest = FormatOf<typeof Manifest>;

/** Who wrote a unit, inside its seal: the service key signed the unit's label. */
export const Author = defineFormat('author', 1, {
  /** The organisation's account, or that of a device of it. */
  account: field.bytes(ACCOUNT_ID_BYTES),
  publicKey: field.bytes(32),
  /** The person or device at the organisation, in its words. */
  credential: field.text(256),
  signature: field.bytes(64),
});
export type Author = FormatOf<typeof Author>;

/** What a grantee may see of a unit before an entry, to know what to ask for. */
export const CAPTION_KINDS = [
  'allergies',
  'claim',
  'conditions',
  'document',
  'encounter',
  'imaging',
  'immunizations',
  'laboratory',
  'medications',
  'observations',
  'patient',
  'procedures',
] as const;
export type CaptionKind = (typeof CAPTION_KINDS)[number];

export const Caption = defineFormat('caption', 1, {
  kind: field.word(CAPTION_KINDS),
  /** Twelve times the year, plus the month from 0; 0 where there is none. */
  month: field.integer(0, 12 * 10_000),
});
export type Caption = FormatOf<typeof Caption>;

/** What is said of a record inside its seal, before its bytes. */
export const RecordMetadata = defineFormat('record-metadata', 1, {
  mediaType: field.text(128),
  /** FHIR resource type, or empty for a file. */
  resourceType: field.text(64),
  /** File name, or the resource's own id. */
  name: field.text(256),
  /** Digest of the input, by which an author knows what it has added before. */
  inputDigest: field.bytes(DIGEST_BYTES),
  sizeBytes: field.integer(0, LIMITS.recordBytesMax),
});
export type RecordMetadata = FormatOf<typeof RecordMetadata>;

/** Value of a unit's slot, and name of its manifest in a vault: H(unit, manifest). */
export function unitCommitment(manifest: Uint8Array, realm: Realm): Digest {
  return hash('unit', [manifest], realm);
}

export interface ParsedManifest {
  readonly manifest: Manifest;
  readonly label: Digest;
  readonly commitment: Digest;
}

/**
 * Parses a manifest and recomputes root and label from its parts.
 *
 * @throws WardError `UNIT_INVALID`, `CBOR_*`, `FORMAT_*`.
 */
export function parseManifest(bytes: Uint8Array, realm: Realm): ParsedManifest {
  const manifest = Manifest.decode(bytes);
  const { leaves, bodies, q, point } = manifest;
  const root = merkleRootOfHashes(leaves, realm.crypto);
  const isWhole =
    bodies.length === leaves.length &&
    (q.length === 32 || q.length === 0) &&
    (point === null) === (q.length === 0);
  const label = unitLabel({ ...manifest, root, count: leaves.length }, realm);
  if (!isWhole || root.some((byte, i) => byte !== manifest.root[i])) throw refuse('UNIT_INVALID');
  return { manifest, label, commitment: unitCommitment(bytes, realm) };
}
