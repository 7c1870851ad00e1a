import { dirname } from 'node:path';
import type { Disk, DiskFile } from '@ward/engine';
import type { SeededRandom } from './seeded-random.ts';

const SECTOR_BYTES = 512;

/** How an error of the operating system looks in Node. */
function failure(code: 'EIO' | 'ENOSPC'): Error {
  return Object.assign(new Error(code), { code });
}

/** The machine has lost its power: nothing more happens on this disk. */
export class PowerLost extends Error {
  override readonly name = 'PowerLost';
}

export interface DiskFaults {
  /** Number of the operation, from 1, in the middle of which the power is lost. */
  readonly powerLostAt?: number;
  /** Number of the operation that fails as a broken disk does. */
  readonly brokenAt?: number;
  readonly random: SeededRandom;
}

/** A file as the operating system shows it, and as much of it as is on the platter for sure. */
interface Content {
  current: Uint8Array;
  durable: Uint8Array;
}

interface NameChange {
  readonly path: string;
  /** Undefined: the name goes. */
  readonly content: Content | undefined;
}

/**
 * A {@link Disk} in memory that forgets what a real one may forget when the power is lost: of what
 * was not synced any sector may be new, old or missing, and of the changes to a folder the last
 * ones. Every operation is counted, so that a test can fail each of them in turn.
 */
export class SimulatedDisk implements Disk {
  readonly #faults: DiskFaults;
  readonly #names = new Map<string, Content>();
  readonly #durableNames = new Map<string, Content>();
  #nameChanges: NameChange[] = [];
  #hasPower = true;
  /** Operations so far that changed or synced something. */
  operations = 0;
  /** Bytes that fit on it. */
  capacityBytes = Number.POSITIVE_INFINITY;

  constructor(faults: DiskFaults) {
    this.#faults = faults;
  }

  /** Cuts the power now. */
  losePower(): void {
    this.#hasPower = false;
  }

  /** What is found on the disk after the power was lost, as a disk of its own. */
  afterPowerLoss(faults: DiskFaults = { random: this.#faults.random }): SimulatedDisk {
    const { random } = this.#faults;
    const kept = random.below(this.#nameChanges.length + 1);
    for (const change of this.#nameChanges.slice(0, kept)) applyChange(this.#durableNames, change);
    const found = new SimulatedDisk(faults);
    for (const [path, content] of this.#durableNames) {
      const bytes = surviving(content, random);
      const survivor = { current: bytes, durable: bytes.slice() };
      found.#names.set(path, survivor);
      found.#durableNames.set(path, survivor);
    }
    return found;
  }

  list(folder: string): readonly string[] {
    this.#live();
    return [...this.#names.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1));
  }

  open(path: string): DiskFile {
    this.#live();
    let content = this.#names.get(path);
    if (content === undefined) {
      this.#count();
      content = { current: new Uint8Array(0), durable: new Uint8Array(0) };
      this.#change({ path, content });
    }
    return this.#file(content);
  }

  load(path: string): Uint8Array | undefined {
    this.#live();
    return this.#names.get(path)?.current.slice();
  }

  replace(path: string, bytes: Uint8Array): void {
    this.#count();
    this.#reserve(bytes.length);
    this.#change({ path, content: { current: bytes.slice(), durable: bytes.slice() } });
    this.#count();
    this.#syncNames(dirname(path));
  }

  remove(path: string): void {
    this.#count();
    this.#change({ path, content: undefined });
  }

  syncFolder(folder: string): void {
    this.#count();
    this.#syncNames(folder);
  }

  #syncNames(folder: string): void {
    const isHere = ({ path }: NameChange) => dirname(path) === folder;
    for (const change of this.#nameChanges.filter(isHere)) applyChange(this.#durableNames, change);
    this.#nameChanges = this.#nameChanges.filter((change) => !isHere(change));
  }

  #change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#nameChanges.push(change);
  }

  #live(): void {
    if (!this.#hasPower) throw new PowerLost();
  }

  /** Counts an operation; the plan may have it fail before it did anything. */
  #count(): void {
    this.#live();
    this.operations++;
    if (this.operations === this.#faults.brokenAt) throw failure('EIO');
    if (this.operations !== this.#faults.powerLostAt) return;
    this.#hasPower = false;
    throw new PowerLost();
  }

  /** @returns How many more bytes fit. */
  #reserve(lengthBytes: number): number {
    let used = 0;
    for (const { current } of this.#names.values()) used += current.length;
    const free = Math.max(0, this.capacityBytes - used);
    if (free === 0 && lengthBytes > 0) throw failure('ENOSPC');
    return free;
  }

  /** Writes as much as there is space and power for. */
  #write(content: Content, chunks: readonly Uint8Array[], position: number): void {
    const bytes = Buffer.concat(chunks);
    const growth = Math.max(0, position + bytes.length - content.current.length);
    const free = growth === 0 ? 0 : this.#reserve(growth);
    const fitting = growth <= free ? bytes.length : bytes.length - growth + free;
    try {
      this.#count();
    } catch (error) {
      put(content, bytes.subarray(0, this.#faults.random.below(fitting + 1)), position);
      throw error;
    }
    put(content, bytes.subarray(0, fitting), position);
    if (fitting < bytes.length) throw failure('ENOSPC');
  }

  #file(content: Content): DiskFile {
    const live = () => this.#live();
    const count = () => this.#count();
    const write = (chunks: readonly Uint8Array[], position: number) =>
      this.#write(content, chunks, position);
    const syncNow = () => {
      count();
      content.durable = content.current.slice();
    };
    return {
      get sizeBytes() {
        live();
        return content.current.length;
      },
      read(target, position) {
        live();
        const end = position + target.length;
        if (end > content.current.length) throw new Error('a read behind the end of a file');
        target.set(content.current.subarray(position, end));
      },
      write: async (chunks, position) => write(chunks, position),
      sync: async () => syncNow(),
      syncNow,
      truncate(sizeBytes) {
        count();
        content.current = content.current.slice(0, sizeBytes);
      },
      close() {},
    };
  }
}

function applyChange(names: Map<string, Content>, { path, content }: NameChange): void {
  if (content === undefined) names.delete(path);
  else names.set(path, content);
}

function put(content: Content, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  if (end > content.current.length) {
    const longer = new Uint8Array(end);
    longer.set(content.current);
    content.current = longer;
  }
  content.current.set(bytes, position);
}

/** Sector by sector the old content, the new one, or nothing. */
function surviving({ current, durable }: Content, random: SeededRandom): Uint8Array {
  const [shorter, longer] = [current.length, durable.length].sort((a, b) => a - b) as [
    number,
    number,
  ];
  const bytes = new Uint8Array(shorter + random.below(longer - shorter + 1));
  for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES);
    const source = random.below(2) === 0 ? current : durable;
    bytes.set(source.subarray(at, Math.min(end, source.length)), at);
  }
  return bytes;
}
