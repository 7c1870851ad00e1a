import { type BodySink, objectName, type SealedUnit } from '@ward/charts';
import { type Crypto, concatBytes, toHex } from '@ward/protocol';

/** A vault's bodies in memory, by name: what streams in is stored under the digest of its bytes. */
export class MemoryBodies implements BodySink {
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  async put(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const bytes = concatBytes(...chunks);
    const name = objectName(bytes, this.#crypto);
    this.#bodies.set(toHex(name), bytes);
    return name;
  }

  /** Ciphertext of one body of a unit, wherever it stands. */
  bodyOf(unit: SealedUnit, index: number): Uint8Array {
    const { digest, size } = unit.bodies[index]!;
    if (unit.packed === null) return this.#bodies.get(toHex(digest))!;
    const before = unit.bodies.slice(0, index).reduce((sum, body) => sum + body.size, 0);
    return unit.packed.slice(before, before + size);
  }
}
