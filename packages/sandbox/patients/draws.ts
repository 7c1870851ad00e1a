/** FNV-1a with the last mixing of MurmurHash3, once for each word of the generator's state. */
function mixText(text: string, word: number): number {
  let mixed = 0x811c9dc5 ^ Math.imul(word + 1, 0x9e3779b9);
  for (let i = 0; i < text.length; i++) {
    mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * Draws by lot that come out the same for the same seed on every machine: the generator sfc32 on
 * whole numbers. For stories only, never for keys.
 */
export class Draws {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed Any text; equal texts give equal draws. */
  constructor(seed: string) {
    this.#a = mixText(seed, 0);
    this.#b = mixText(seed, 1);
    this.#c = mixText(seed, 2);
    for (let i = 0; i < 16; i++) this.#next();
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor((this.#next() / 2 ** 32) * (max - min + 1));
  }

  /** True in `percent` of a hundred draws. */
  chance(percent: number): boolean {
    return this.between(1, 100) <= percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.between(0, items.length - 1)]!;
  }

  /** An id in the form of a random UUID (RFC 9562, version 4). */
  uuid(): string {
    const words = [0, 1, 2, 3].map(() => this.#next());
    words[1] = (words[1]! & 0xffff0fff) | 0x4000;
    words[2] = (words[2]! & 0x3fffffff) | 0x80000000;
    const hex = words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    return [
      ...[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)],
      hex.slice(20),
    ].join('-');
  }
}
