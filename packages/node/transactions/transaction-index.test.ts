import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { afterEach, describe, expect, it } from 'vitest';
import { type IndexedChain, TransactionIndex } from './transaction-index.ts';

const crypto = await loadCrypto();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ward-index-'));
  folders.push(folder);
  return join(folder, 'transactions.db');
}

/** A chain whose ids and hashes follow from its name. */
class NamedChain implements IndexedChain {
  newest: number;
  oldest = 1;
  reads = 0;
  readonly #name: string;
  readonly #perBlock: number;

  constructor(name: string, newest: number, perBlock = 3) {
    this.#name = name;
    this.newest = newest;
    this.#perBlock = perBlock;
  }

  id(height: number, index: number): Uint8Array {
    return crypto.sha256(Buffer.from(`${this.#name} ${height} ${index}`));
  }

  hashAt(height: number): Uint8Array {
    return crypto.sha256(Buffer.from(`${this.#name} ${height}`));
  }

  idsAt(height: number): Uint8Array[] {
    this.reads++;
    return Array.from({ length: this.#perBlock }, (_, index) => this.id(height, index));
  }
}

async function openIndex(path: string, chain: IndexedChain): Promise<TransactionIndex> {
  const index = new TransactionIndex({ path, chain });
  await index.catchUp();
  return index;
}

describe('the index of transactions', () => {
  it('finds every transaction of the chain, at once and after it was written', async () => {
    const chain = new NamedChain('a', 40);
    const index = await openIndex(newPath(), chain);
    expect(index.find(chain.id(40, 2))).toEqual({ height: 40, index: 2 });
    await pause(200);
    expect(index.find(chain.id(1, 0))).toEqual({ height: 1, index: 0 });
    expect(index.find(chain.id(40, 2))).toEqual({ height: 40, index: 2 });
    expect(index.find(chain.id(41, 0))).toBeUndefined();
    index.close();
  });

  it('follows new blocks', async () => {
    const chain = new NamedChain('a', 1);
    const index = await openIndex(newPath(), chain);
    chain.newest = 2;
    index.follow(2);
    expect(index.find(chain.id(2, 1))).toEqual({ height: 2, index: 1 });
    index.close();
  });

  it('goes on where it ended, without reading blocks again', async () => {
    const path = newPath();
    const chain = new NamedChain('a', 20);
    (await openIndex(path, chain)).close();
    chain.newest = 25;
    chain.reads = 0;
    const index = await openIndex(path, chain);
    expect(chain.reads).toBe(5);
    expect(index.find(chain.id(3, 0))).toEqual({ height: 3, index: 0 });
    expect(index.find(chain.id(25, 0))).toEqual({ height: 25, index: 0 });
    index.close();
  });

  it('says that it cannot know while it is behind, but finds what it has', async () => {
    const chain = new NamedChain('a', 4);
    const index = await openIndex(newPath(), chain);
    chain.newest = 6;
    expect(index.find(chain.id(4, 0))).toEqual({ height: 4, index: 0 });
    expect(codeOf(() => index.find(chain.id(6, 0)))).toBe('INDEX_BEHIND');
    index.close();
  });

  it('keeps the first place of an id that stands in two blocks', async () => {
    const chain = new NamedChain('a', 2);
    chain.idsAt = () => [chain.id(1, 0)];
    const index = await openIndex(newPath(), chain);
    expect(index.find(chain.id(1, 0))).toEqual({ height: 1, index: 0 });
    index.close();
    const again = await openIndex(newPath(), chain);
    expect(again.find(chain.id(1, 0))).toEqual({ height: 1, index: 0 });
    again.close();
  });

  it.each(['of another chain', 'of a longer chain', 'that is damaged', 'that is gone'])(
    'is made anew from the blocks in place of one %s',
    async (what) => {
      const path = newPath();
      const chain = new NamedChain('a', 9);
      const before = new NamedChain(what === 'of another chain' ? 'b' : 'a', 12);
      if (what === 'that is damaged') writeFileSync(path, Buffer.alloc(9000, 7));
      else if (what !== 'that is gone') (await openIndex(path, before)).close();
      const index = await openIndex(path, chain);
      expect(index.find(chain.id(9, 2))).toEqual({ height: 9, index: 2 });
      expect(index.find(chain.id(1, 1))).toEqual({ height: 1, index: 1 });
      expect(index.find(before.id(12, 0))).toBeUndefined();
      index.close();
    },
  );

  it('begins with the oldest block that is kept', async () => {
    const chain = new NamedChain('a', 9);
    chain.oldest = 5;
    const index = await openIndex(newPath(), chain);
    expect(chain.reads).toBe(5);
    expect(index.find(chain.id(5, 0))).toEqual({ height: 5, index: 0 });
    index.close();
  });

  it('forgets transactions of blocks that are gone', async () => {
    const chain = new NamedChain('a', 2000);
    const path = newPath();
    (await openIndex(path, chain)).close();
    const index = await openIndex(path, chain);
    await index.dropBelow(1500);
    expect(index.find(chain.id(1499, 2))).toBeUndefined();
    expect(index.find(chain.id(1500, 0))).toEqual({ height: 1500, index: 0 });
    expect(index.find(chain.id(2000, 1))).toEqual({ height: 2000, index: 1 });
    index.close();
  });

  it('writes blocks without transactions too, so that it need not read them again', async () => {
    const path = newPath();
    const chain = new NamedChain('a', 700, 0);
    (await openIndex(path, chain)).close();
    chain.reads = 0;
    (await openIndex(path, chain)).close();
    expect(chain.reads).toBe(0);
  });
});
