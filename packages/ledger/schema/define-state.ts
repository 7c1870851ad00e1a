import { encodeUtf8, type Format } from '@ward/protocol';

/** One kind of record of a contract: how its keys and values look. */
export interface Collection<V> {
  readonly contract: string;
  readonly name: string;
  readonly value: Format<V>;
  /**
   * Raw key in the state tree: contract, collection and each part, each behind its length, so that
   * no two collections can meet.
   *
   * @param parts At most 255 bytes each.
   */
  key(...parts: readonly Uint8Array[]): Uint8Array;
}

type Values = { readonly [name: string]: Format<unknown> };
export type StateOf<C extends Values> = {
  readonly [N in keyof C]: C[N] extends Format<infer V> ? Collection<V> : never;
};

const NOTHING = new Uint8Array(0);

/** Each part behind its length, one byte. */
function joinParts(prefix: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  let length = prefix.length;
  for (const part of parts) {
    if (part.length > 255) throw new Error('a part of a state key is longer than 255 bytes');
    length += 1 + part.length;
  }
  const joined = new Uint8Array(length);
  joined.set(prefix);
  let at = prefix.length;
  for (const part of parts) {
    joined[at] = part.length;
    joined.set(part, at + 1);
    at += 1 + part.length;
  }
  return joined;
}

/**
 * Declares all that a contract keeps.
 *
 * @example
 * export const slotsState = defineState('slots', { slots: Slot });
 * slotsState.slots.key(slotKey)
 */
export function defineState<const C extends Values>(contract: string, values: C): StateOf<C> {
  const collections: { [name: string]: Collection<unknown> } = {};
  for (const [name, value] of Object.entries(values)) {
    const prefix = joinParts(NOTHING, [encodeUtf8(contract), encodeUtf8(name)]);
    collections[name] = {
      contract,
      name,
      value,
      key: (...parts) => joinParts(prefix, parts),
    };
  }
  return collections as unknown as StateOf<C>;
}
