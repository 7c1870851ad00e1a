import { CodeWriter, moduleOf, SIMD, type WasmFunction } from './wasm-writer.ts';

// SHA-256 (FIPS 180-4) of four messages at once, one in each 32-bit lane of 128-bit vectors, as a
// WebAssembly module that is written here. Most of what a ledger hashes is short and comes by the
// thousand: one message at a time leaves three quarters of the processor's lanes empty, and the way
// to native code and back costs more than the hashing.

/** Messages that are hashed at once. */
export const LANES = 4;
/** From the first byte of a lane's message to that of the next lane's. */
export const LANE_BYTES = 256;

const BLOCK_BYTES = 64;
const ROUNDS = 64;
const STATE_WORDS = 8;
const VECTOR_BYTES = 16;

// Where things stand in the module's memory: constants for each round, the same with the schedule
// of the padding behind 64 bytes added to them, the first state, the state, digests, messages.
const ROUNDS_AT = 0;
const PADDING_AT = ROUNDS_AT + ROUNDS * VECTOR_BYTES;
const FIRST_AT = PADDING_AT + ROUNDS * VECTOR_BYTES;
const STATE_AT = FIRST_AT + STATE_WORDS * VECTOR_BYTES;
const DIGESTS_AT = STATE_AT + STATE_WORDS * VECTOR_BYTES;
const AREAS_AT = DIGESTS_AT + LANES * 32;
const AREAS = 3;

const ROUND_CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
const FIRST_STATE = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

// Locals of the functions: a parameter, then the schedule, the eight of the state and two in turn.
const AT = 0;
const SCHEDULE = 1;
const STATE = SCHEDULE + 16;
const PAIRS = STATE + STATE_WORDS;
const VECTORS = 16 + STATE_WORDS + 2;

/** The order of the bytes of each word, turned round. */
const SWAPPED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
/** From two vectors of words 0 1 2 3 and 4 5 6 7. */
const LOW_WORDS = words(0, 4, 1, 5);
const HIGH_WORDS = words(2, 6, 3, 7);
const LOW_HALVES = words(0, 1, 4, 5);
const HIGH_HALVES = words(2, 3, 6, 7);

function words(...order: readonly number[]): number[] {
  return order.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]);
}

/** Pushes a vector of which each word is turned right. */
function rotated(code: CodeWriter, local: number, bits: number): void {
  code.get(local).shift(SIMD.shiftRight, bits);
  code
    .get(local)
    .shift(SIMD.shiftLeft, 32 - bits)
    .simd(SIMD.or);
}

function sigma(code: CodeWriter, local: number, [a, b, c]: readonly [number, number, number]) {
  rotated(code, local, a);
  rotated(code, local, b);
  code.simd(SIMD.xor);
  rotated(code, local, c);
  code.simd(SIMD.xor);
}

function smallSigma(code: CodeWriter, local: number, [a, b, c]: readonly [number, number, number]) {
  rotated(code, local, a);
  rotated(code, local, b);
  code.simd(SIMD.xor).get(local).shift(SIMD.shiftRight, c).simd(SIMD.xor);
}

/** Reads four words of each lane, from `quarter` on, into four vectors of one word each. */
function readQuarter(code: CodeWriter, quarter: number): void {
  const first = SCHEDULE + 4 * quarter;
  for (let lane = 0; lane < LANES; lane++) {
    code.get(AT).load(lane * LANE_BYTES + quarter * VECTOR_BYTES);
    code
      .set(STATE + lane)
      .get(STATE + lane)
      .get(STATE + lane)
      .shuffle(SWAPPED)
      .set(STATE + lane);
  }
  transpose(code, STATE, first);
}

/** Four vectors from `from` on become four vectors from `to` on, rows for columns. */
function transpose(code: CodeWriter, from: number, to: number): void {
  const spare = STATE + 4;
  code
    .get(from)
    .get(from + 1)
    .shuffle(LOW_WORDS)
    .set(spare);
  code
    .get(from + 2)
    .get(from + 3)
    .shuffle(LOW_WORDS)
    .set(spare + 1);
  code
    .get(from)
    .get(from + 1)
    .shuffle(HIGH_WORDS)
    .set(spare + 2);
  code
    .get(from + 2)
    .get(from + 3)
    .shuffle(HIGH_WORDS)
    .set(spare + 3);
  code
    .get(spare)
    .get(spare + 1)
    .shuffle(LOW_HALVES)
    .set(to);
  code
    .get(spare)
    .get(spare + 1)
    .shuffle(HIGH_HALVES)
    .set(to + 1);
  code
    .get(spare + 2)
    .get(spare + 3)
    .shuffle(LOW_HALVES)
    .set(to + 2);
  code
    .get(spare + 2)
    .get(spare + 3)
    .shuffle(HIGH_HALVES)
    .set(to + 3);
}

function extendSchedule(code: CodeWriter, round: number): void {
  const word = (back: number) => SCHEDULE + ((round - back + 16) & 15);
  code.get(word(16)).get(word(7)).simd(SIMD.add);
  smallSigma(code, word(15), [7, 18, 3]);
  code.simd(SIMD.add);
  smallSigma(code, word(2), [17, 19, 10]);
  code.simd(SIMD.add).set(word(16));
}

/** One round; `order` names the locals of the state, and is turned by one. */
function writeRound(code: CodeWriter, order: number[], round: number, table: number): void {
  const [a, b, , d, e, f, g, h] = order as [number, number, number, number, ...number[]] & number[];
  const [pair, before] = round % 2 === 0 ? [PAIRS, PAIRS + 1] : [PAIRS + 1, PAIRS];
  code.get(h!);
  sigma(code, e!, [6, 11, 25]);
  code.simd(SIMD.add).get(f!).get(g!).get(e!).simd(SIMD.select).simd(SIMD.add);
  if (table === ROUNDS_AT) code.get(SCHEDULE + (round & 15)).simd(SIMD.add);
  code
    .constant(0)
    .load(table + round * VECTOR_BYTES)
    .simd(SIMD.add)
    .set(h!);
  code.get(d).get(h!).simd(SIMD.add).set(d);
  // The majority of a, b and c, of which b ^ c is left over from the round before.
  code.get(h!).get(a).get(b).simd(SIMD.xor).set(pair).get(pair).get(before).simd(SIMD.and);
  code.get(b).simd(SIMD.xor).simd(SIMD.add);
  sigma(code, a, [2, 13, 22]);
  code.simd(SIMD.add).set(h!);
  order.unshift(order.pop()!);
}

function writeRounds(code: CodeWriter, table: number): void {
  const order = Array.from({ length: STATE_WORDS }, (_, i) => STATE + i);
  for (let i = 0; i < STATE_WORDS; i++) {
    code
      .constant(0)
      .load(STATE_AT + i * VECTOR_BYTES)
      .set(STATE + i);
  }
  code
    .get(STATE + 1)
    .get(STATE + 2)
    .simd(SIMD.xor)
    .set(PAIRS + 1);
  for (let round = 0; round < ROUNDS; round++) {
    if (table === ROUNDS_AT && round >= 16) extendSchedule(code, round);
    writeRound(code, order, round, table);
  }
  for (let i = 0; i < STATE_WORDS; i++) {
    const at = STATE_AT + i * VECTOR_BYTES;
    code
      .constant(0)
      .constant(0)
      .load(at)
      .get(STATE + i)
      .simd(SIMD.add)
      .store(at);
  }
}

/** Takes in one block of each lane; the parameter says where the first lane's stands. */
function compression(): WasmFunction {
  const code = new CodeWriter();
  for (let quarter = 0; quarter < 4; quarter++) readQuarter(code, quarter);
  writeRounds(code, ROUNDS_AT);
  return { name: 'compress', parameters: 1, vectors: VECTORS, code };
}

/** Takes in the block of padding that stands behind messages of 64 bytes. */
function paddingCompression(): WasmFunction {
  const code = new CodeWriter();
  writeRounds(code, PADDING_AT);
  return { name: 'pad', parameters: 1, vectors: VECTORS, code };
}

function beginning(): WasmFunction {
  const code = new CodeWriter();
  for (let i = 0; i < STATE_WORDS; i++) {
    const at = i * VECTOR_BYTES;
    code
      .constant(0)
      .constant(0)
      .load(FIRST_AT + at)
      .store(STATE_AT + at);
  }
  return { name: 'begin', parameters: 0, vectors: 0, code };
}

/** Writes the digests, lane after lane. */
function ending(): WasmFunction {
  const code = new CodeWriter();
  for (let half = 0; half < 2; half++) {
    for (let i = 0; i < 4; i++) {
      code
        .constant(0)
        .load(STATE_AT + (4 * half + i) * VECTOR_BYTES)
        .set(STATE + i);
    }
    transpose(code, STATE, SCHEDULE);
    for (let lane = 0; lane < LANES; lane++) {
      const local = SCHEDULE + lane;
      code.constant(0).get(local).get(local).shuffle(SWAPPED);
      code.store(DIGESTS_AT + lane * 32 + half * VECTOR_BYTES);
    }
  }
  return { name: 'finish', parameters: 1, vectors: VECTORS, code };
}

/** The schedule of the block 80 00 … 00 02 00 that pads 64 bytes, word by word. */
function paddingSchedule(): Int32Array {
  const schedule = new Int32Array(ROUNDS);
  schedule[0] = 0x80000000;
  schedule[15] = 512;
  const turn = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));
  for (let i = 16; i < ROUNDS; i++) {
    const near = schedule[i - 2]!;
    const far = schedule[i - 15]!;
    const small = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const large = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    schedule[i] = schedule[i - 16]! + small + schedule[i - 7]! + large;
  }
  return schedule;
}

const hasher = moduleOf([compression(), paddingCompression(), beginning(), ending()]);
const memory = new Int32Array(hasher.memory);

function fill(at: number, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    memory.fill(values[i]!, at / 4 + i * LANES, at / 4 + (i + 1) * LANES);
  }
}
const padding = paddingSchedule();
fill(ROUNDS_AT, ROUND_CONSTANTS);
fill(
  PADDING_AT,
  ROUND_CONSTANTS.map((constant, i) => constant + padding[i]!),
);
fill(FIRST_AT, FIRST_STATE);

/** Digests of the lanes, 32 bytes each, one behind the other. */
export const digestBytes = new Uint8Array(hasher.memory, DIGESTS_AT, LANES * 32);
/** The same as words in the machine's order. */
export const digestWords = new Int32Array(hasher.memory, DIGESTS_AT, LANES * STATE_WORDS);

/** Where the messages of the lanes are put, {@link LANE_BYTES} apart. */
export class LaneArea {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly #at: number;

  /** @param index Areas are few and for ever: each has one use, so that padding can stay. */
  constructor(index: number) {
    if (index >= AREAS) throw new Error('there is no such area');
    this.#at = AREAS_AT + index * LANES * LANE_BYTES;
    this.bytes = new Uint8Array(hasher.memory, this.#at, LANES * LANE_BYTES);
    this.words = new Int32Array(hasher.memory, this.#at, LANES * (LANE_BYTES / 4));
  }

  /** Begins a hash of each lane; one at a time for all areas. */
  begin(): void {
    hasher.call.begin!();
  }

  /** Takes in the first blocks of 64 bytes of each lane. */
  take(blocks: number): void {
    for (let i = 0; i < blocks; i++) hasher.call.compress!(this.#at + BLOCK_BYTES * i);
  }

  /** Takes in the padding of messages of 64 bytes: quicker than as a block. */
  padBlock(): void {
    hasher.call.pad!(0);
  }

  /** Puts the hashes into {@link digestWords}. */
  end(): void {
    hasher.call.finish!(0);
  }
}
