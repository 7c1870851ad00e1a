import { type CborValue, encodeCbor, type Format, field } from '@ward/protocol';
import type { Schema } from './falsehoods.ts';

/**
 * A value of a format as bytes, without a look at lengths, ranges and order: what a hostile server
 * could send though no honest one would.
 */
export function encodeLoosely({ schema, version }: Format<unknown>, value: unknown): Uint8Array {
  const fields = toCbor(schema as Schema, value) as readonly CborValue[];
  return encodeCbor([version, ...fields]);
}

function toCbor(schema: Schema, value: unknown): CborValue {
  const note = field.noteOf(schema);
  switch (note.kind) {
    case 'nullable':
      return value === null ? null : toCbor(note.item, value);
    case 'list':
      return (value as readonly unknown[]).map((item) => toCbor(note.item, item));
    case 'struct': {
      const struct = value as { readonly [name: string]: unknown };
      return Object.entries(note.fields)
        .filter(([name, each]) => struct[name] !== null || !field.isLater(each))
        .map(([name, each]) => toCbor(each, struct[name]));
    }
    case 'variant': {
      const { kind } = value as { readonly kind: string };
      return [kind, toCbor(note.cases[kind]!, value)];
    }
    default:
      return value as CborValue;
  }
}
