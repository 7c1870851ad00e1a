import { describe, expect, it } from 'vitest';
import { collectBody } from './transport.ts';

async function* chunksOf(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size).fill(size);
}

describe('collecting a body', () => {
  it('joins the chunks in order', async () => {
    expect(await collectBody(chunksOf(1, 2), 10)).toEqual(Uint8Array.of(1, 2, 2));
    expect(await collectBody(chunksOf(), 0)).toEqual(new Uint8Array(0));
  });

  it('gives nothing for one that is longer than the limit, and reads no further', async () => {
    expect(await collectBody(chunksOf(5, 5), 10)).toHaveLength(10);
    let read = 0;
    async function* endless() {
      for (;;) {
        read++;
        yield new Uint8Array(4);
      }
    }
    expect(await collectBody(endless(), 10)).toBeUndefined();
    expect(read).toBe(3);
  });
});
