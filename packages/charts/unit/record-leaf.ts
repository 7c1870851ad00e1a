import {
  CborWriter,
  concatBytes,
  type Digest,
  type Realm,
  type Sha256Stream,
  tagged,
} from '@ward/protocol';

interface LeafHead {
  readonly salt: Uint8Array;
  readonly metadata: Uint8Array;
  readonly sizeBytes: number;
}

/** All that is hashed before the record's bytes. */
function leafHead({ salt, metadata, sizeBytes }: LeafHead, { network }: Realm): Uint8Array {
  const writer = new CborWriter();
  writer.list(4);
  writer.byteString(network);
  writer.byteString(salt);
  writer.byteString(metadata);
  writer.byteStringHead(sizeBytes);
  const head = tagged('record', writer.view());
  writer.release();
  return head;
}

/** The leaf of a record that is in memory: see {@link RecordLeaf}. */
export function recordLeaf(
  { bytes, ...head }: Omit<LeafHead, 'sizeBytes'> & { readonly bytes: Uint8Array },
  realm: Realm,
): Digest {
  const start = leafHead({ ...head, sizeBytes: bytes.length }, realm);
  return realm.crypto.sha256(concatBytes(start, bytes));
}

/**
 * Leaf_j = H(record, salt, metadata, bytes), for bytes that come in pieces.
 *
 * The salt stands inside the sealed body only: who has the leaf but not the key cannot try values.
 */
export class RecordLeaf {
  readonly #stream: Sha256Stream;

  constructor(head: LeafHead, realm: Realm) {
    this.#stream = realm.crypto.sha256Stream();
    this.#stream.update(leafHead(head, realm));
  }

  update(bytes: Uint8Array): void {
    this.#stream.update(bytes);
  }

  digest(): Digest {
    return this.#stream.digest();
  }
}
