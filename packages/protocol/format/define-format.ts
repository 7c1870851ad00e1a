import type { TSchema, TUnsafe } from 'typebox';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { type Word, word } from '../errors/ward-error.ts';
import { type Codec, structCodec } from './codec.ts';
import { type StructOf, struct } from './fields.ts';
import { fromJson, type Json, toJson } from './json.ts';

type Fields = { readonly [name: string]: TSchema };

/** A versioned object: CBOR list [version, field, field, …], and the same as JSON. */
export interface Format<T> {
  readonly name: Word;
  readonly version: number;
  readonly fields: Fields;
  /** The struct, without the version, as a part of other schemas. */
  readonly schema: TUnsafe<T>;
  /** @throws WardError `FORMAT_*` when the value is out of the format's bounds. */
  encode(value: T): Uint8Array;
  /** @throws WardError `CBOR_*` or `FORMAT_*`. */
  decode(bytes: Uint8Array): T;
  /**
   * The same, with byte strings that are views of `bytes`: they hold on to it, and it must never
   * change. For paths where copies are what costs.
   */
  decodeShared(bytes: Uint8Array): T;
  toJson(value: T): Json;
  /** @throws WardError `JSON_INVALID`, `HEX_INVALID` or `TEXT_INVALID`. */
  fromJson(json: unknown): T;
}

const formats = new Map<string, Format<unknown>>();

/**
 * Declares a format. Its bytes begin with its version; a later version is another declaration.
 *
 * @param name Kebab-case, once over the whole product.
 * @example
 * const Card = defineFormat('card', 1, { network: bytes(32), … });
 * type Card = FormatOf<typeof Card>;
 */
export function defineFormat<const N extends string, const F extends Fields>(
  name: N & (string extends N ? never : N),
  version: number,
  fields: F,
): Format<StructOf<F>> {
  const key = `${name}/${version}`;
  if (formats.has(key)) throw new Error(`format ${key} is declared twice`);
  const formatName = word<string>(name as never);
  const codec = structCodec(fields, formatName, version) as Codec<StructOf<F>>;
  const schema = struct(fields);
  const decode = (reader: CborReader) => {
    const value = codec.read(reader);
    reader.finish();
    return value;
  };
  const format: Format<StructOf<F>> = {
    name: formatName,
    version,
    fields,
    schema,
    encode(value) {
      const writer = new CborWriter();
      codec.write(writer, value);
      const written = writer.finish();
      writer.release();
      return written;
    },
    decode: (bytes) => decode(new CborReader(bytes)),
    decodeShared: (bytes) => decode(new CborReader(bytes, 0, bytes.length, true)),
    toJson: (value) => toJson(schema, value),
    fromJson: (json) => fromJson(schema, json, formatName) as StructOf<F>,
  };
  formats.set(key, format);
  return format;
}

/** The value type of a format. */
export type FormatOf<F> = F extends Format<infer T> ? T : never;

/** Every format of the packages that are loaded, for documents, fuzzing and vectors. */
export function formatCatalogue(): ReadonlyMap<string, Format<unknown>> {
  return formats;
}
