import { concatBytes } from '../bytes.ts';

// The few protobuf shapes that CometBFT hashes and signs, written by hand: what is hashed must not
// depend on a library's choices. Zero values are left out, as proto3 does.

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;

/** Unsigned varint of a safe integer. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Two's complement in ten bytes, as protobuf writes a negative int64. */
function negativeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function integerField(field: number, value: number): Uint8Array {
  if (value === 0) return new Uint8Array(0);
  const encoded = value < 0 ? negativeVarint(value) : varint(value);
  return concatBytes(Uint8Array.of((field << 3) | WIRE_VARINT), encoded);
}

export function fixed64Field(field: number, value: number): Uint8Array {
  if (value === 0) return new Uint8Array(0);
  const bytes = new Uint8Array(9);
  bytes[0] = (field << 3) | WIRE_FIXED64;
  let rest = value;
  for (let i = 1; i < 9; i++) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** A byte string; left out when empty. */
export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return value.length === 0 ? new Uint8Array(0) : messageField(field, value);
}

/** An embedded message; there even when empty. */
export function messageField(field: number, value: Uint8Array): Uint8Array {
  const head = Uint8Array.of((field << 3) | WIRE_BYTES);
  return concatBytes(head, varint(value.length), value);
}
