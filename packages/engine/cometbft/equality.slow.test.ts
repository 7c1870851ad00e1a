import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { CometbftStage, isWithoutCometbft, ledgerOfNow } from '@ward/testkit/cometbft-stage';
import { afterAll, describe, expect, it } from 'vitest';
import { createMemoryEngine } from '../memory-engine.ts';

const crypto = await loadCrypto();
const ledger = ledgerOfNow(crypto);
const { genesis, validatorSeed, provider } = ledger;
const stage = new CometbftStage(ledger);
afterAll(() => stage.close());

const ROUNDS = 6;

describe.skipIf(isWithoutCometbft)('both engines', () => {
  it('give the same transactions the same results and the same app hashes', async () => {
    const node = await stage.start(0);
    for (let round = 0; round < ROUNDS; round++) {
      const now = node.engine.newest!.header.time.seconds;
      const sent = Array.from({ length: 12 }, (_, i) => {
        // Every fourth one wants a slot that is taken: by then, or by one beside it.
        const name = i % 4 === 3 ? `shared ${Math.floor(round / 2)}` : `own ${round}/${i}`;
        const address = crypto.sha256(Buffer.from(name));
        const message = { slots: [{ address, value: address }] };
        return ledger.serviceTransaction(provider, WriteSlots, message, now).envelope;
      });
      await Promise.allSettled(sent.map((envelope) => node.queries.submit(envelope)));
    }
    const { queries } = node;
    const newest = node.engine.newest!.header.height;

    let nowMs = 0;
    const clock = { nowMs: () => nowMs };
    const blocks = 'manual' as const;
    const embedded = await createMemoryEngine({ genesis, validatorSeed, clock, crypto, blocks });
    let taken = 0;
    for (let height = 1; height < newest; height++) {
      const { block, transactions, results, events } = queries.block(height);
      nowMs = block.header.time.seconds * 1000 + Math.floor(block.header.time.nanos / 1e6);
      // The first block is made at the start, at the same height but by its own clock: it is empty.
      if (height === 1) expect(transactions).toHaveLength(0);
      else {
        for (const envelope of transactions)
          embedded.engine.submit(envelope).catch(() => undefined);
        await new Promise((resolve) => setImmediate(resolve));
        await embedded.makeBlock();
      }
      const other = embedded.queries.block(height);
      expect(other.results).toEqual(results);
      expect(other.transactions).toEqual(transactions);
      expect(other.events).toEqual(events);
      expect(embedded.machine.appHash).toEqual(queries.lightBlock(height + 1).header.appHash);
      taken += transactions.length;
    }
    await embedded.stop();
    expect(taken).toBeGreaterThan(ROUNDS * 9);
  });
});
