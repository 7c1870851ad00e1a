import { describe, expect, it } from 'vitest';
import { CodeWriter, moduleOf, SIMD } from './wasm-writer.ts';

/** A module with one function, and its memory as words. */
function moduleWith(code: CodeWriter, vectors = 0) {
  const made = moduleOf([{ name: 'run', parameters: 1, vectors, code }]);
  return { words: new Int32Array(made.memory), run: made.call.run! };
}

describe('a module that is written here', () => {
  it('has one page of memory, which is empty', () => {
    const { words, run } = moduleWith(new CodeWriter());
    run(0);
    expect(words.length).toBe(65_536 / 4);
    expect(words.every((word) => word === 0)).toBe(true);
  });

  it('adds, shifts and chooses word by word', () => {
    const code = new CodeWriter();
    code.get(0).get(0).load(0).get(0).load(16).simd(SIMD.add).store(32);
    code.get(0).get(0).load(0).shift(SIMD.shiftLeft, 31).store(48);
    code.get(0).get(0).load(16).shift(SIMD.shiftRight, 4).store(64);
    code.get(0).get(0).load(0).get(0).load(16).get(0).load(80).simd(SIMD.select).store(96);
    const { words, run } = moduleWith(code);
    words.set([1, 2, 3, -1], 0);
    words.set([10, 20, 30, 1], 4);
    words.set([-1, 0, -1, 0], 20);
    run(0);
    expect([...words.subarray(8, 12)]).toEqual([11, 22, 33, 0]);
    expect([...words.subarray(12, 16)]).toEqual([-(2 ** 31), 0, -(2 ** 31), -(2 ** 31)]);
    expect([...words.subarray(16, 20)]).toEqual([0, 1, 1, 0]);
    expect([...words.subarray(24, 28)]).toEqual([1, 20, 3, 1]);
  });

  it('has bits of two vectors, and bytes of both in any order', () => {
    const code = new CodeWriter();
    code.get(0).load(0).set(1).get(0).load(16).set(2);
    for (const [i, simd] of [SIMD.and, SIMD.or, SIMD.xor].entries()) {
      code
        .get(0)
        .get(1)
        .get(2)
        .simd(simd)
        .store(32 + 16 * i);
    }
    const order = [31, 30, 29, 28, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7];
    code.get(0).get(1).get(2).shuffle(order).store(80);
    const { words, run } = moduleWith(code, 2);
    words.set([0b1100, 0x01020304, 0, 0], 0);
    words.set([0b1010, 0, 0, 0x0a0b0c0d], 4);
    run(0);
    expect([words[8], words[12], words[16]]).toEqual([0b1000, 0b1110, 0b0110]);
    expect([...words.subarray(20, 24)]).toEqual([0x0d0c0b0a, 0b1100, 0b1010, 0x01020304]);
  });

  it('reads and writes at addresses with offsets of any length', () => {
    const code = new CodeWriter();
    code.get(0).get(0).load(5000).store(40_000);
    const { words, run } = moduleWith(code);
    words.set([1, 2, 3, 4], (5000 + 8) / 4);
    run(8);
    expect([...words.subarray(40_008 / 4, 40_008 / 4 + 4)]).toEqual([1, 2, 3, 4]);
  });

  it('has every function under its name', () => {
    const store = (value: number) => {
      const code = new CodeWriter();
      code.constant(0).constant(value).load(0).store(16);
      return code;
    };
    const module = moduleOf([
      { name: 'near', parameters: 0, vectors: 0, code: store(0) },
      { name: 'far', parameters: 0, vectors: 0, code: store(32) },
    ]);
    const words = new Int32Array(module.memory);
    words[0] = 5;
    words[8] = 9;
    module.call.near!();
    expect(words[4]).toBe(5);
    module.call.far!();
    expect(words[4]).toBe(9);
  });
});
