import type { Static, TSchema, TUnsafe } from 'typebox';

/**
 * The vocabulary of Ward's formats. Each function returns a TypeBox schema: its JSON Schema goes
 * into OpenAPI documents as it is, its `x-ward` note tells the codec how the value stands in CBOR.
 * Every string, list and number has a bound.
 */
export type FieldNote =
  | { readonly kind: 'bytes'; readonly min: number; readonly max: number }
  | { readonly kind: 'text'; readonly max: number }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | {
      readonly kind: 'nullable';
      readonly item: TSchema;
      /** A field that stands last in its struct and is left out where it is null. */
      readonly isLater: boolean;
    }
  | {
      readonly kind: 'list';
      readonly item: TSchema;
      readonly min: number;
      readonly max: number;
      readonly sortedBy: string | undefined;
    }
  | { readonly kind: 'struct'; readonly fields: { readonly [name: string]: TSchema } }
  | { readonly kind: 'variant'; readonly cases: { readonly [name: string]: TSchema } };

const NOTE = 'x-ward';

function annotate<T>(schema: object, note: FieldNote): TUnsafe<T> {
  const annotated = { ...schema };
  // Not enumerable: it is ours, not a part of the published JSON Schema.
  Object.defineProperty(annotated, NOTE, { value: note });
  // Only its types are used: to load the library takes a tenth of a second of every process.
  return annotated as unknown as TUnsafe<T>;
}

/** What {@link annotate} wrote. A schema without it cannot stand in a format. */
export function noteOf(schema: TSchema): FieldNote {
  const note = (schema as { [NOTE]?: FieldNote })[NOTE];
  if (note === undefined) throw new Error('a schema that is not made of format fields');
  return note;
}

/** Exactly `size` bytes; hexadecimal in JSON. */
export function bytes(size: number) {
  return bytesBetween(size, size);
}

/** `min` to `max` bytes; hexadecimal in JSON. */
export function bytesBetween(min: number, max: number) {
  const schema = { type: 'string', format: 'hex', minLength: 2 * min, maxLength: 2 * max };
  return annotate<Uint8Array>(schema, { kind: 'bytes', min, max });
}

/** Text of at most `max` bytes of UTF-8. */
export function text(max: number) {
  return annotate<string>({ type: 'string', maxLength: max }, { kind: 'text', max });
}

/** A whole number; safe integers only. */
export function integer<T extends number = number>(min = 0, max = Number.MAX_SAFE_INTEGER) {
  const schema = { type: 'integer', minimum: min, maximum: max };
  return annotate<T>(schema, { kind: 'integer', min, max });
}

export function boolean() {
  return annotate<boolean>({ type: 'boolean' }, { kind: 'boolean' });
}

/** One of a fixed set of words; they stand as text in CBOR too. */
export function word<const W extends readonly string[]>(words: W) {
  return annotate<W[number]>({ type: 'string', enum: words }, { kind: 'word', words });
}

/** A value or null: every field of a struct is always there. */
export function nullable<S extends TSchema>(item: S) {
  const schema = { anyOf: [item, { type: 'null' }] };
  return annotate<Static<S> | null>(schema, { kind: 'nullable', item, isLater: false });
}

/**
 * A field that came to a format later, at its end: null is written by leaving it out, so that what
 * was written before it came keeps its bytes and its digest.
 */
export function later<S extends TSchema>(item: S) {
  return annotate<Static<S> | null>({ ...item }, { kind: 'nullable', item, isLater: true });
}

/** Whether a field is left out where it is null. */
export function isLater(schema: TSchema): boolean {
  const note = noteOf(schema);
  return note.kind === 'nullable' && note.isLater;
}

export interface ListOptions {
  readonly min?: number;
  readonly max: number;
  /** Ascending and without doubles: by the bytes or number themselves (''), or by this field. */
  readonly sortedBy?: string;
}

export function list<S extends TSchema>(item: S, options: ListOptions) {
  const { min = 0, max, sortedBy } = options;
  const schema = { type: 'array', items: item, minItems: min, maxItems: max };
  return annotate<readonly Static<S>[]>(schema, { kind: 'list', item, min, max, sortedBy });
}

type Fields = { readonly [name: string]: TSchema };
export type StructOf<F extends Fields> = { readonly [N in keyof F]: Static<F[N]> };

/** Named fields; a CBOR list in the order in which they stand here. */
export function struct<const F extends Fields>(fields: F) {
  const schema = {
    type: 'object',
    properties: fields,
    required: Object.keys(fields).filter((name) => !isLater(fields[name]!)),
    additionalProperties: false,
  };
  return annotate<StructOf<F>>(schema, { kind: 'struct', fields });
}

type Cases = { readonly [name: string]: TSchema };
export type VariantOf<C extends Cases> = {
  [N in keyof C & string]: { readonly kind: N } & Static<C[N]>;
}[keyof C & string];

/** One of several structs, told apart by `kind`; in CBOR the list [kind, struct]. */
export function variant<const C extends Cases>(cases: C) {
  const oneOf = Object.entries(cases).map(([kind, schema]) => {
    const { fields } = noteOf(schema) as Extract<FieldNote, { kind: 'struct' }>;
    if ('kind' in fields) throw new Error(`case ${kind} of a variant has a field named kind`);
    return {
      type: 'object',
      properties: { kind: { const: kind }, ...fields },
      required: ['kind', ...Object.keys(fields)],
      additionalProperties: false,
    };
  });
  return annotate<VariantOf<C>>({ oneOf }, { kind: 'variant', cases });
}
