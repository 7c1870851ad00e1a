import type { LightBlock } from '@ward/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConsensusEngine } from '../engine.ts';
import { HeightWatch } from './height-watch.ts';

/** As much of an engine as is watched. */
class Heights implements ConsensusEngine {
  readonly kind = 'embedded';
  readonly mempool = { transactions: 0, bytes: 0 };
  readonly halted: Promise<Error>;
  readonly #listeners = new Set<(block: LightBlock) => void>();
  newest: LightBlock | undefined;
  halt!: (reason: Error) => void;

  constructor() {
    this.halted = new Promise((resolve) => {
      this.halt = resolve;
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  show(height: number): void {
    this.newest = { header: { height } } as LightBlock;
    for (const listener of this.#listeners) listener(this.newest);
  }

  onBlock(listener: (block: LightBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async submit(): Promise<never> {
    throw new Error('nothing is submitted here');
  }
}

let heights: Heights;
let watch: HeightWatch;
beforeEach(() => {
  heights = new Heights();
  watch = new HeightWatch(heights);
});

/** What has come of promises by now. */
async function settled<T>(waits: readonly Promise<T>[]): Promise<(T | 'waiting')[]> {
  const turn = new Promise<'waiting'>((resolve) => setImmediate(() => resolve('waiting')));
  return Promise.all(waits.map((wait) => Promise.race([wait, turn])));
}

describe('a wait for a height', () => {
  it('ends at once where it is there', async () => {
    expect(watch.height).toBe(0);
    expect(await watch.reached(0)).toBe(true);
    heights.show(5);
    expect(watch.height).toBe(5);
    expect(await Promise.all([watch.reached(1), watch.reached(5)])).toEqual([true, true]);
  });

  it('ends when it is there, each in its time', async () => {
    const waits = [3, 4, 9].map((height) => watch.reached(height));
    heights.show(2);
    expect(await settled(waits)).toEqual(['waiting', 'waiting', 'waiting']);
    heights.show(4);
    expect(await settled(waits)).toEqual([true, true, 'waiting']);
    heights.show(9);
    expect(await settled(waits)).toEqual([true, true, true]);
  });

  it('ends when it is aborted, without ending the others', async () => {
    const aborted = new AbortController();
    const other = new AbortController();
    const waits = [aborted, other].map(({ signal }) => watch.reached(3, signal));
    aborted.abort();
    expect(await settled(waits)).toEqual([false, 'waiting']);
    heights.show(3);
    expect(await settled(waits)).toEqual([false, true]);
    // A wait that ended holds on to nothing.
    other.abort();
    expect(await watch.reached(3, aborted.signal)).toBe(false);
    expect(await watch.reached(4, aborted.signal)).toBe(false);
  });

  it('is in vain once the engine has halted, except for what is there', async () => {
    heights.show(2);
    const wait = watch.reached(3);
    heights.halt(new Error('a disk that failed'));
    expect(await wait).toBe(false);
    expect(watch.isClosed).toBe(true);
    expect(await watch.reached(2)).toBe(true);
    expect(await watch.reached(3)).toBe(false);
  });

  it('listens to the engine until it is closed', async () => {
    expect(heights.listeners).toBe(1);
    const wait = watch.reached(8);
    watch.close();
    expect(await wait).toBe(false);
    expect(heights.listeners).toBe(0);
  });
});
