import { ByteMap } from '../machine/byte-map.ts';
import type { WorkingState } from '../machine/working-state.ts';
import type { Collection } from '../schema/define-state.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import type { BoundContract } from './bind-contract.ts';
import type { Records } from './records.ts';

const CACHED_MAX = 4096;
const ONLY = new Uint8Array(0);

/** Turns the bytes of a stored value, of whatever version, into a value of today. */
export type DecodeRecord<V> = (bytes: Uint8Array) => V;

/**
 * A contract's records over the working state. Values that are read stay decoded until a block
 * changes anything in the collection: accounts and organisations are read by every transaction and
 * change once in a while.
 */
export class StateRecords<V> implements Records<V> {
  readonly collection: Collection<V>;
  readonly #state: WorkingState;
  readonly decode: DecodeRecord<V>;
  readonly #cache = new ByteMap<V>(CACHED_MAX);
  #isTouched = false;

  constructor(collection: Collection<V>, state: WorkingState, decode: DecodeRecord<V>) {
    this.collection = collection;
    this.#state = state;
    this.decode = decode;
  }

  get(...parts: readonly Uint8Array[]): V | null {
    const isCached = !this.#isTouched && parts.length <= 1;
    const part = parts[0] ?? ONLY;
    const known = isCached ? this.#cache.get(part) : undefined;
    if (known !== undefined) return known;
    const bytes = this.#state.get(this.collection.key(...parts));
    if (bytes === null) return null;
    const value = this.decode(bytes);
    if (isCached) this.#cache.set(part, value);
    return value;
  }

  has(...parts: readonly Uint8Array[]): boolean {
    return this.#state.has(this.collection.key(...parts));
  }

  put(value: V, ...parts: readonly Uint8Array[]): void {
    this.#isTouched = true;
    this.#state.put(this.collection.key(...parts), this.#encode(value));
  }

  add(value: V, ...parts: readonly Uint8Array[]): boolean {
    this.#isTouched = true;
    return this.#state.add(this.collection.key(...parts), this.#encode(value));
  }

  #encode(value: V): Uint8Array {
    const bytes = this.collection.value.encode(value);
    if (bytes.length > LEDGER_LIMITS.valueBytesMax) throw new Error('a value is too long');
    return bytes;
  }

  /** Another state stands in the place of the one that was read. */
  forget(): void {
    this.#cache.clear();
  }

  /** The block's writes became the committed state, or were thrown away. */
  settle(isCommitted: boolean): void {
    if (this.#isTouched && isCommitted) this.#cache.clear();
    this.#isTouched = false;
  }
}

/** A stored value as a record of today, also while a migration to its format is under way. */
export function decodeRecord<V>(
  collection: Collection<V>,
  value: Uint8Array,
  contracts: readonly BoundContract[],
): V {
  const bound = contracts.find(({ contract }) => contract.name === collection.contract);
  const records = bound?.records[collection.name] as StateRecords<V> | undefined;
  return (records ?? collection.value).decode(value);
}
