import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { countOperations, crashAt, crashRounds, type Recovered } from '@ward/testkit/crash-run';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const rounds = crashRounds(ledger);

/** What must hold whenever the power went. */
function check({ told, blocks }: Recovered): void {
  for (const [i, { lightBlock }] of blocks.entries()) {
    expect(lightBlock.header.height).toBe(i + 1);
    if (i > 0) expect(lightBlock.header.lastBlock).toEqual(blocks[i - 1]!.lightBlock.commit.block);
  }
  // Every header that was seen stands, and no other was signed in its place.
  for (const [height, hash] of told.shown) {
    expect(toHex(blocks[height - 1]!.lightBlock.commit.block.hash)).toBe(hash);
  }
  // Everything acknowledged is where it was said to be; everything is there once.
  for (const [id, height] of told.committed) expect(blocks[height - 1]!.ids).toContain(id);
  const all = blocks.flatMap(({ ids }) => ids).sort();
  expect(all).toEqual(
    rounds
      .flat()
      .map(({ id }) => toHex(id))
      .sort(),
  );
}

describe('the engine after a loss of power', () => {
  it('has lost nothing that was told, whatever operation was interrupted', async () => {
    const operations = await countOperations(ledger, rounds);
    expect(operations).toBeGreaterThan(30);
    let acknowledged = 0;
    for (let operation = 1; operation <= operations; operation++) {
      const recovered = await crashAt({ operation, seed: 1 }, ledger, rounds);
      check(recovered);
      acknowledged += recovered.told.committed.size;
      await recovered.running.engine.stop();
    }
    // Else the crashes all came before anything was told.
    expect(acknowledged).toBeGreaterThan(operations);
  });
});
