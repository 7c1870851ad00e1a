/** A list of 32-bit integers that grows; it costs four bytes an item and no garbage. */
export class IntList {
  items: Int32Array;
  length = 0;

  constructor(capacity = 64) {
    this.items = new Int32Array(capacity);
  }

  push(item: number): void {
    if (this.length === this.items.length) {
      const larger = new Int32Array(this.items.length * 2);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.length++] = item;
  }

  pop(): number {
    if (this.length === 0) throw new Error('a pop from an empty list');
    return this.items[--this.length]!;
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy that is exactly as long as what it holds. */
  toArray(): Int32Array {
    return this.items.slice(0, this.length);
  }
}
