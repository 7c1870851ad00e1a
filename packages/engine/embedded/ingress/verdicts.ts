import { DIGEST_BYTES, type Digest } from '@ward/protocol';

/** Places that are looked at for one digest. */
const WAYS = 4;
const SETS_BITS = 12;

/**
 * Envelopes whose Ed25519 signatures were found to fit: a transaction that is sent again need not
 * be verified again. Whole digests are compared, so nobody can pass off one envelope for another;
 * an old one is forgotten when its place is needed.
 */
export class Verdicts {
  readonly #digests = new Uint8Array((WAYS << SETS_BITS) * DIGEST_BYTES);
  #next = 0;

  has(digest: Digest): boolean {
    const first = placeOf(digest);
    for (let way = 0; way < WAYS; way++) if (this.#isAt(first + way, digest)) return true;
    return false;
  }

  #isAt(place: number, digest: Digest): boolean {
    const at = place * DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) {
      if (this.#digests[at + i] !== digest[i]) return false;
    }
    return true;
  }

  add(digest: Digest): void {
    this.#next = (this.#next + 1) % WAYS;
    this.#digests.set(digest, (placeOf(digest) + this.#next) * DIGEST_BYTES);
  }
}

/** First of the places that a digest may have. */
function placeOf(digest: Digest): number {
  return (((digest[0]! << 8) | digest[1]!) >> (16 - SETS_BITS)) * WAYS;
}
