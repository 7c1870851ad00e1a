import { CborWriter, type Digest, type Realm, type Sha256Stream, tagged } from '@ward/protocol';

/**
 * Leaf_j = H(record, salt, metadata, bytes), for bytes that come in pieces.
 *
 * The salt stands inside the sealed body only: who has the leaf but not the key cannot try values.
 */
export class RecordLeaf {
  readonly #stream: Sha256Stream;

  constructor(
    head: { salt: Uint8Array; metadata: Uint8Array; sizeBytes: number },
    { network, crypto }: Realm,
  ) {
    const writer = new CborWriter();
    writer.list(4);
    writer.byteString(network);
    writer.byteString(head.salt);
    writer.byteString(head.metadata);
    writer.byteStringHead(head.sizeBytes);
    this.#stream = crypto.sha256Stream();
    this.#stream.update(tagged('record', writer.finish()));
  }

  update(bytes: Uint8Array): void {
    this.#stream.update(bytes);
  }

  digest(): Digest {
    return this.#stream.digest();
  }
}
