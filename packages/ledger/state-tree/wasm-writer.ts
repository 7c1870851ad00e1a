/** Vector instructions of WebAssembly (core specification 2.0, section 5.4.8) for hashing. */
export const SIMD = {
  load: 0x00,
  store: 0x0b,
  shuffle: 0x0d,
  and: 0x4e,
  or: 0x50,
  xor: 0x51,
  select: 0x52,
  shiftLeft: 0xab,
  shiftRight: 0xad,
  add: 0xae,
} as const;

const VECTOR_PREFIX = 0xfd;
const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION = 0x60;
const END = 0x0b;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_CONST = 0x41;
/** As a power of two: of vectors. */
const ALIGNMENT = 4;
const PAGE_BYTES = 65_536;

/** Writes the instructions of one function. */
export class CodeWriter {
  readonly bytes: number[] = [];

  get(local: number): this {
    this.bytes.push(LOCAL_GET, ...unsigned(local));
    return this;
  }

  set(local: number): this {
    this.bytes.push(LOCAL_SET, ...unsigned(local));
    return this;
  }

  /** @param value Below 64. */
  constant(value: number): this {
    this.bytes.push(I32_CONST, value);
    return this;
  }

  simd(instruction: number): this {
    this.bytes.push(VECTOR_PREFIX, ...unsigned(instruction));
    return this;
  }

  shift(instruction: number, bits: number): this {
    return this.constant(bits).simd(instruction);
  }

  /** Replaces an address by the vector that stands so many bytes behind it. */
  load(offset: number): this {
    this.simd(SIMD.load).bytes.push(ALIGNMENT, ...unsigned(offset));
    return this;
  }

  /** Takes an address and a vector, and puts the vector so many bytes behind the address. */
  store(offset: number): this {
    this.simd(SIMD.store).bytes.push(ALIGNMENT, ...unsigned(offset));
    return this;
  }

  /** Chooses 16 bytes out of the 32 of two vectors. */
  shuffle(order: readonly number[]): this {
    this.simd(SIMD.shuffle).bytes.push(...order);
    return this;
  }
}

/** A function without a result, whose parameters are 32-bit integers and whose locals vectors. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly vectors: number;
  readonly code: CodeWriter;
}

export interface WasmModule {
  readonly memory: ArrayBuffer;
  readonly call: { readonly [name: string]: (...parameters: readonly number[]) => void };
}

/** What is used here of WebAssembly's interface to JavaScript. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { [name: string]: unknown } };
};

/** A module of these functions over one page of memory. */
export function moduleOf(functions: readonly WasmFunction[]): WasmModule {
  const types = functions.map(({ parameters }) => [
    FUNCTION,
    ...vector(Array.from({ length: parameters }, () => [I32])),
    ...vector([]),
  ]);
  const exported = functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]);
  const bodies = functions.map(({ vectors, code }) => {
    const body = [...vector([[...unsigned(vectors), V128]]), ...code.bytes, END];
    return [...unsigned(body.length), ...body];
  });
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0, 1]]),
    ...section(7, [...exported, [...text('memory'), 2, 0]]),
    ...section(10, bodies),
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { buffer } = exports.memory as { readonly buffer: ArrayBuffer };
  if (buffer.byteLength !== PAGE_BYTES) throw new Error('a module without its page of memory');
  return { memory: buffer, call: exports as WasmModule['call'] };
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

/** Items behind their number. */
function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): number[] {
  return vector(Array.from(name, (character) => [character.charCodeAt(0)]));
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
