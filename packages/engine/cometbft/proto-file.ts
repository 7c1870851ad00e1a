import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

/** A field with its number and the type that it has in TypeScript. */
export interface ProtoField<T> {
  readonly number: number;
  readonly type: FieldDescriptorProto_Type;
  readonly isList: boolean;
  readonly kind?: ProtoMessage<unknown>;
  /** Never there: it carries the type. */
  readonly example?: T;
}

export type ProtoFields = { readonly [name: string]: ProtoField<unknown> };

/** A message with its name and fields; its type is that of its values. */
export interface ProtoMessage<T> {
  readonly name: string;
  readonly fields: ProtoFields;
  /** At most one of the fields is there. */
  readonly isUnion: boolean;
  readonly example?: T;
}

type ValueOfField<F> = F extends ProtoField<infer T> ? T : never;
/** Values of a message: all fields are there; a message that was left out is undefined. */
export type ValueOfFields<F extends ProtoFields> = {
  readonly [Name in keyof F]: ValueOfField<F[Name]>;
};
export type ValueOf<M> = M extends ProtoMessage<infer T> ? T : never;
/** Which of a union's fields is there. */
export interface UnionOf<F extends ProtoFields> {
  readonly value:
    | { readonly case: undefined; readonly value?: undefined }
    | {
        readonly [Name in keyof F & string]: {
          readonly case: Name;
          readonly value: NonNullable<ValueOfField<F[Name]>>;
        };
      }[keyof F & string];
}

const { BYTES, INT32, INT64, MESSAGE, STRING, UINT32, UINT64 } = FieldDescriptorProto_Type;

function scalar<T>(type: FieldDescriptorProto_Type): (number: number) => ProtoField<T> {
  return (number) => ({ number, type, isList: false });
}

/** Fields by protobuf's names; numbers of 64 bits are bigints. */
export const proto = {
  bytes: scalar<Uint8Array>(BYTES),
  /** Also what protobuf calls an enum: the same bytes. */
  int32: scalar<number>(INT32),
  int64: scalar<bigint>(INT64),
  string: scalar<string>(STRING),
  uint32: scalar<number>(UINT32),
  uint64: scalar<bigint>(UINT64),
  message<T>(number: number, kind: ProtoMessage<T>): ProtoField<T | undefined> {
    return { number, type: MESSAGE, isList: false, kind };
  },
  list<T>(field: ProtoField<T>): ProtoField<readonly NonNullable<T>[]> {
    const { number, type, kind } = field;
    return { number, type, isList: true, ...(kind === undefined ? {} : { kind }) };
  },
};

/**
 * A file of protobuf messages that is declared in TypeScript; the library reads and writes them by
 * their descriptors.
 */
export class ProtoFile {
  readonly #package: string;
  readonly #messages: ProtoMessage<unknown>[] = [];
  #descriptors: ReadonlyMap<string, DescMessage> | undefined;

  constructor(name: string) {
    this.#package = name;
  }

  message<F extends ProtoFields>(name: string, fields: F): ProtoMessage<ValueOfFields<F>> {
    return this.#add({ name, fields, isUnion: false });
  }

  union<F extends ProtoFields>(name: string, fields: F): ProtoMessage<UnionOf<F>> {
    return this.#add({ name, fields, isUnion: true });
  }

  #add<T>(message: ProtoMessage<T>): ProtoMessage<T> {
    this.#messages.push(message);
    return message;
  }

  /** @throws Error where the bytes are no such message. */
  decode<T>(kind: ProtoMessage<T>, bytes: Uint8Array): T {
    return fromBinary(this.#descriptor(kind), bytes) as unknown as T;
  }

  encode<T>(kind: ProtoMessage<T>, value: Partial<T>): Uint8Array {
    const descriptor = this.#descriptor(kind);
    return toBinary(descriptor, create(descriptor, value as Partial<Message>));
  }

  #descriptor({ name }: ProtoMessage<unknown>): DescMessage {
    this.#descriptors ??= this.#build();
    return this.#descriptors.get(name)!;
  }

  #build(): ReadonlyMap<string, DescMessage> {
    const file = create(FileDescriptorProtoSchema, {
      name: `${this.#package}.proto`,
      package: this.#package,
      syntax: 'proto3',
      messageType: this.#messages.map(({ name, fields, isUnion }) => ({
        name,
        field: Object.entries(fields).map(([own, field]) => this.#field(own, field, isUnion)),
        oneofDecl: isUnion ? [{ name: 'value' }] : [],
      })),
    });
    const registry = createFileRegistry(file, () => undefined);
    return new Map(
      this.#messages.map(({ name }) => [name, registry.getMessage(`${this.#package}.${name}`)!]),
    );
  }

  #field(name: string, field: ProtoField<unknown>, isUnion: boolean): FieldDescriptorProto {
    const { number, type, isList, kind } = field;
    const { OPTIONAL, REPEATED } = FieldDescriptorProto_Label;
    return create(FieldDescriptorProtoSchema, {
      ...{ name, number, type },
      label: isList ? REPEATED : OPTIONAL,
      ...(kind === undefined ? {} : { typeName: `.${this.#package}.${kind.name}` }),
      ...(isUnion ? { oneofIndex: 0 } : {}),
    });
  }
}
