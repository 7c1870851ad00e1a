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
  /** For each set the place that is taken next. */
  readonly #next = new Uint8Array(1 << SETS_BITS);

  has(digest: Digest): boolean {
    const first = setOf(digest) * WAYS;
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
    const set = setOf(digest);
    const way = this.#next[set]!;
    this.#digests.set(digest, (set * WAYS + way) * DIGEST_BYTES);
    this.#next[set] = (way + 1) % WAYS;
  }
}

/** The set of places that a digest may have. */
function setOf(digest: Digest): number {
  return ((digest[0]! << 8) | digest[1]!) >> (16 - SETS_BITS);
}
