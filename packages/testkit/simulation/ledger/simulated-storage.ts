import type { Storage } from '@ward/ledger';
import type { SeededRandom } from '../../seeded-random.ts';
import { PowerLost } from '../../simulated-disk.ts';

const FIRST_BYTES = 64 * 1024;
const SECTOR_BYTES = 512;

/**
 * The bytes behind a log, in memory, which forget what a disk may forget when the power is lost: of
 * what was not synced any sector may be new, zero or garbage, and the end may be missing. Every
 * operation that changes something is counted, so that the power may be lost in the middle of any.
 */
export class SimulatedStorage implements Storage {
  readonly #random: SeededRandom;
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  #start = 0;
  #size = 0;
  #durableSize = 0;
  /** Operations until the power is lost. */
  #left = Number.POSITIVE_INFINITY;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get start(): number {
    return this.#start;
  }

  get size(): number {
    return this.#size;
  }

  get durableSize(): number {
    return this.#durableSize;
  }

  /** The power is lost in the middle of the operation of that number from now on. */
  losePowerIn(operations: number): void {
    this.#left = operations;
  }

  append(bytes: Uint8Array): number {
    const isLost = this.#count();
    const taken = isLost ? bytes.subarray(0, this.#random.below(bytes.length + 1)) : bytes;
    const position = this.#size;
    this.#grow(position + taken.length);
    this.#bytes.set(taken, position);
    this.#size += taken.length;
    if (isLost) throw new PowerLost();
    return position;
  }

  #grow(size: number): void {
    if (size <= this.#bytes.length) return;
    const longer = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    longer.set(this.#bytes);
    this.#bytes = longer;
  }

  /** @returns Whether the power is lost in this operation. */
  #count(): boolean {
    if (this.#left <= 0) throw new PowerLost();
    this.#left--;
    return this.#left === 0;
  }

  read(position: number, length: number): Uint8Array {
    if (position < this.#start || length < 0 || position + length > this.#size) {
      throw new Error('a read outside of what the storage keeps');
    }
    return this.#bytes.subarray(position, position + length);
  }

  truncate(size: number): void {
    if (size < this.#start || size > this.#size) throw new Error('a cut outside of the storage');
    if (this.#count()) throw new PowerLost();
    this.#size = size;
    this.#durableSize = size;
  }

  dropBefore(position: number): void {
    if (position < this.#start || position > this.#size) {
      throw new Error('a cut outside of the storage');
    }
    if (this.#count()) throw new PowerLost();
    this.#durableSize = this.#size;
    this.#start = position;
  }

  /** What was appended so far stays, whatever happens. */
  sync(): void {
    if (this.#count()) throw new PowerLost();
    this.#durableSize = this.#size;
  }

  /** What is found after the process died, with the power on: everything. */
  afterKill(): SimulatedStorage {
    return this.#copy(this.#size);
  }

  /** What is found after the power was lost. */
  afterPowerLoss(): SimulatedStorage {
    const random = this.#random;
    const durable = this.#durableSize;
    const found = this.#copy(durable + random.below(this.#size - durable + 1));
    for (let at = durable; at < found.#size; at += SECTOR_BYTES) {
      const sector = found.#bytes.subarray(at, Math.min(found.#size, at + SECTOR_BYTES));
      const fate = random.below(4);
      if (fate === 0) sector.fill(0);
      if (fate === 1) sector.set(random.bytes(sector.length));
    }
    return found;
  }

  #copy(size: number): SimulatedStorage {
    const copy = new SimulatedStorage(this.#random);
    copy.#bytes = this.#bytes.slice();
    copy.#start = this.#start;
    copy.#size = size;
    copy.#durableSize = size;
    return copy;
  }
}
