import type { Collection } from '../schema/define-state.ts';

/** The collections of one contract. */
export type State = { readonly [name: string]: Collection<unknown> };
type ValueOf<C> = C extends Collection<infer V> ? V : never;

/** Records of one kind, by the parts of their key. */
export interface ReadRecords<V> {
  get(...parts: readonly Uint8Array[]): V | null;
  has(...parts: readonly Uint8Array[]): boolean;
}

/** Records of one kind that the contract's own handlers may write. */
export interface Records<V> extends ReadRecords<V> {
  /** Writes, whatever was there. @throws WardError `FORMAT_*` where the value is out of bounds. */
  put(value: V, ...parts: readonly Uint8Array[]): void;
  /** Writes where nothing is yet. @returns False, with nothing written, where there is. */
  add(value: V, ...parts: readonly Uint8Array[]): boolean;
}

export type ReadRecordsOf<S extends State> = {
  readonly [N in keyof S]: ReadRecords<ValueOf<S[N]>>;
};
export type RecordsOf<S extends State> = { readonly [N in keyof S]: Records<ValueOf<S[N]>> };
