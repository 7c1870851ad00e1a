/** Keys that the first level takes; each further one takes four times as many. */
const FIRST_KEYS = 65_536;
const GROWTH = 4;
/** Bits that are kept for each key that a level takes: one key in a hundred seems to be there. */
const BITS_PER_KEY = 16;
const WORD_BITS = 32;

/** Some of the keys: for each, two bits in each of two neighbouring words. */
interface Level {
  readonly words: Int32Array;
  readonly mask: number;
  /** Keys that it can still take. */
  room: number;
}

/**
 * Tells of most keys that are not in the tree that they are not, by one look at a few megabytes:
 * nearly every write is of a new slot, and the way through the tree to the place where it is not
 * costs a dozen accesses to memory. It forgets nothing, so it never misses a key that was added.
 */
export class KeyFilter {
  /** The last one takes new keys. */
  readonly #levels: Level[] = [levelFor(FIRST_KEYS)];

  get sizeBytes(): number {
    return this.#levels.reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  /** False: the key, whose hash stands at word `from`, was never added. */
  mayHave(keyHashes: Int32Array, from: number): boolean {
    const bits = keyHashes[from + 2]!;
    const low = (1 << (bits & 31)) | (1 << ((bits >>> 5) & 31));
    const high = (1 << ((bits >>> 10) & 31)) | (1 << ((bits >>> 15) & 31));
    for (let i = this.#levels.length - 1; i >= 0; i--) {
      const { words, mask } = this.#levels[i]!;
      const at = (keyHashes[from + 1]! & mask) << 1;
      if ((words[at]! & low) === low && (words[at + 1]! & high) === high) return true;
    }
    return false;
  }

  add(keyHashes: Int32Array, from: number): void {
    if (this.mayHave(keyHashes, from)) return;
    const level = this.#levelWithRoom();
    const { words, mask } = level;
    const bits = keyHashes[from + 2]!;
    const at = (keyHashes[from + 1]! & mask) << 1;
    words[at]! |= (1 << (bits & 31)) | (1 << ((bits >>> 5) & 31));
    words[at + 1]! |= (1 << ((bits >>> 10) & 31)) | (1 << ((bits >>> 15) & 31));
    level.room--;
  }

  #levelWithRoom(): Level {
    const last = this.#levels.at(-1)!;
    if (last.room > 0) return last;
    const next = levelFor(FIRST_KEYS * GROWTH ** this.#levels.length);
    this.#levels.push(next);
    return next;
  }
}

function levelFor(keys: number): Level {
  const words = new Int32Array((keys * BITS_PER_KEY) / WORD_BITS);
  return { words, mask: words.length / 2 - 1, room: keys };
}
