import { decodeCbor, encodeCbor } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { FuzzFailure, fuzz, fuzzAsync } from './fuzz.ts';
import { MUTATIONS, mutate } from './mutations.ts';
import { codeOf, codeOfAsync } from './refusals.ts';
import { seededRandom } from './seeded-random.ts';

const samples = [encodeCbor([1, 'two', new Uint8Array(20)]), encodeCbor(new Map([[1, null]]))];

describe('seeded randomness', () => {
  it('is the same for the same seed, and other for another', () => {
    expect(seededRandom(1).bytes(64)).toEqual(seededRandom(1).bytes(64));
    expect(seededRandom(1).bytes(64)).not.toEqual(seededRandom(2).bytes(64));
  });

  it('is spread evenly over the values of a byte', () => {
    const counts = new Array<number>(256).fill(0);
    for (const byte of seededRandom(3).bytes(256 * 1000)) counts[byte]!++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });

  it('stays below its limit', () => {
    const random = seededRandom(4);
    const drawn = new Set(Array.from({ length: 1000 }, () => random.below(7)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('mutations', () => {
  it('leave the sample alone, and change it nearly always', () => {
    const random = seededRandom(5);
    const kept = samples[0]!.slice();
    for (const mutation of MUTATIONS) {
      let changed = 0;
      for (let i = 0; i < 100; i++) {
        const made = mutation(samples[0]!, random, samples);
        if (Buffer.compare(made, kept) !== 0) changed++;
      }
      expect(changed).toBeGreaterThan(50);
      expect(samples[0]).toEqual(kept);
    }
  });

  it('take empty input too, and keep to the size', () => {
    const random = seededRandom(6);
    const empty = [new Uint8Array(0)];
    for (let i = 0; i < 2000; i++) {
      const made = mutate(empty, random, { sizeMaxBytes: 8, words: [] });
      expect(made.length).toBeLessThanOrEqual(8);
    }
  });

  it('put in the words that are given', () => {
    const random = seededRandom(7);
    const words = [new TextEncoder().encode('urn:uuid:')];
    const made = Array.from({ length: 200 }, () =>
      Buffer.from(mutate(samples, random, { sizeMaxBytes: 1024, words })).toString('latin1'),
    );
    expect(made.some((text) => text.includes('urn:uuid:'))).toBe(true);
  });
});

describe('the fuzz harness', () => {
  it('counts codes and accepted inputs, the same for the same seed', () => {
    const run = () => fuzz({ parse: decodeCbor, samples }, { seed: 8, runs: 2000 });
    const report = run();
    const refused = [...report.codes.values()].reduce((sum, count) => sum + count, 0);
    expect(refused + report.accepted).toBe(2000);
    expect(report.codes.size).toBeGreaterThan(4);
    expect(run().codes).toEqual(report.codes);
  });

  it('stops at an error without a code, and names the input', () => {
    const parse = (bytes: Uint8Array) => {
      if (bytes.length === 0) throw new TypeError('a bug');
    };
    expect(() => fuzz({ parse, samples }, { seed: 9, runs: 10_000 })).toThrow(
      /an error without a code \(seed 9, run \d+, 0 bytes/,
    );
  });

  it('has the trace of the bug, and leaves traces on for everybody else', () => {
    expect.assertions(2);
    const parse = () => {
      throw new TypeError('a bug');
    };
    try {
      fuzz({ parse, samples }, { seed: 1, runs: 1 });
    } catch (failure) {
      expect(((failure as Error).cause as Error).stack).toContain('fuzz.test.ts');
    }
    expect(new Error('later').stack).toContain('fuzz.test.ts');
  });

  it('stops at an input that takes too long', () => {
    const parse = () => {
      const end = performance.now() + 20;
      while (performance.now() < end);
    };
    const options = { seed: 10, runs: 10, inputMsMax: 5 };
    expect(() => fuzz({ parse, samples }, options)).toThrow(/took \d+ ms/);
  });

  it('stops when memory is kept', () => {
    const kept: Uint8Array[] = [];
    const parse = () => kept.push(new Uint8Array(16 * 1024).fill(1));
    const options = { seed: 11, runs: 20_000, memoryMaxBytes: 32 * 1024 * 1024 };
    expect(() => fuzz({ parse, samples }, options)).toThrow(FuzzFailure);
  });

  it('waits for a parser that answers later', async () => {
    const parse = async (bytes: Uint8Array) => decodeCbor(bytes);
    const report = await fuzzAsync({ parse, samples }, { seed: 8, runs: 500 });
    expect(report.codes).toEqual(
      fuzz({ parse: decodeCbor, samples }, { seed: 8, runs: 500 }).codes,
    );
    const broken = async () => {
      throw new TypeError('a bug');
    };
    const failing = fuzzAsync({ parse: broken, samples }, { seed: 1, runs: 1 });
    await expect(failing).rejects.toThrow(FuzzFailure);
  });
});

describe('refusals', () => {
  it('are told apart from bugs and from success', async () => {
    expect(codeOf(() => decodeCbor(new Uint8Array(0)))).toBe('CBOR_TRUNCATED');
    expect(codeOf(() => 1)).toBeUndefined();
    expect(() => codeOf(() => Object.keys(null as never))).toThrow(TypeError);
    expect(await codeOfAsync(async () => decodeCbor(new Uint8Array(0)))).toBe('CBOR_TRUNCATED');
    expect(await codeOfAsync(async () => 1)).toBeUndefined();
  });
});
