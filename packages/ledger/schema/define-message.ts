import { defineFormat, type Format, type MessageEnvelope, type StructOf } from '@ward/protocol';
import type { TSchema } from 'typebox';

/** One kind of message of a contract. */
export interface MessageKind<T> {
  readonly contract: string;
  /** Verb and noun, as in `AdmitOrganisation`. */
  readonly name: string;
  readonly body: Format<T>;
}

export type MessageOf<K> = K extends MessageKind<infer T> ? T : never;

/**
 * Declares a message.
 *
 * @example
 * export const WriteSlots = defineMessage('slots', 'WriteSlots', { slots: list(…) });
 */
export function defineMessage<const F extends { readonly [name: string]: TSchema }>(
  contract: string,
  name: string,
  fields: F,
): MessageKind<StructOf<F>> {
  return { contract, name, body: defineFormat(`${contract}/${name}` as never, 1, fields) };
}

/** A message as it stands in a transaction's body. */
export function encodeMessage<T>(kind: MessageKind<T>, value: T): MessageEnvelope {
  return { contract: kind.contract, name: kind.name, body: kind.body.encode(value) };
}
