import type { Collection } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';

/** A record of the naive ledger, with what it takes to look for it in the real one. */
export interface NaiveRecord {
  readonly collection: Collection<unknown>;
  readonly parts: readonly Uint8Array[];
  readonly value: unknown;
}

/** Records in one plain map, with a list of what to put back when a transaction is refused. */
export class NaiveState {
  readonly #records = new Map<string, NaiveRecord>();
  readonly #undo: { readonly name: string; readonly before: NaiveRecord | undefined }[] = [];

  get<V>(collection: Collection<V>, ...parts: readonly Uint8Array[]): V | undefined {
    return this.#records.get(nameOf(collection, parts))?.value as V | undefined;
  }

  put<V>(collection: Collection<V>, value: V, ...parts: readonly Uint8Array[]): void {
    const name = nameOf(collection, parts);
    this.#undo.push({ name, before: this.#records.get(name) });
    this.#records.set(name, { collection: collection as Collection<unknown>, parts, value });
  }

  /** Changes one record in place of many rules that do: what is not named stays. */
  change<V>(collection: Collection<V>, part: Partial<V>, ...parts: readonly Uint8Array[]): void {
    this.put(collection, { ...this.get(collection, ...parts)!, ...part }, ...parts);
  }

  mark(): number {
    return this.#undo.length;
  }

  rollback(mark: number): void {
    while (this.#undo.length > mark) {
      const { name, before } = this.#undo.pop()!;
      if (before === undefined) this.#records.delete(name);
      else this.#records.set(name, before);
    }
  }

  /** What was written since the last time, once each; from here on it stays. */
  settle(): NaiveRecord[] {
    const names = new Set(this.#undo.map(({ name }) => name));
    this.#undo.length = 0;
    return [...names].map((name) => this.#records.get(name)!);
  }

  all(): Iterable<NaiveRecord> {
    return this.#records.values();
  }
}

function nameOf<V>({ contract, name }: Collection<V>, parts: readonly Uint8Array[]): string {
  return `${contract}/${name}/${parts.map(toHex).join('/')}`;
}
