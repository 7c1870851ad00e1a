import { HEADERS_MAX, WriteSlots } from '@ward/ledger/schema';
import type { LightBlock } from '@ward/protocol';
import { headerHash, verifyState, verifyTransaction } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { TestClock } from '@ward/testkit/simulated-engine';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { ENGINE_LIMITS } from '../limits.ts';
import { createMemoryEngine, type MemoryEngine } from '../memory-engine.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed } = ledger;

const running: MemoryEngine[] = [];
afterEach(async () => {
  for (const memory of running.splice(0)) await memory.stop();
});

async function start(blocks: 'automatic' | 'manual' = 'manual') {
  const clock = new TestClock();
  const memory = await createMemoryEngine({ genesis, validatorSeed, clock, crypto, blocks });
  running.push(memory);
  return { ...memory, clock };
}

let made = 0;
function transaction(slotCount = 1) {
  const slots = Array.from({ length: slotCount }, () => {
    const address = crypto.sha256(Buffer.from(`queries ${made++}`));
    return { address, value: address };
  });
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, new TestClock().seconds);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function take<T>(stream: AsyncIterable<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

const heightsOf = (blocks: readonly LightBlock[]) => blocks.map(({ header }) => header.height);

describe('queries of blocks', () => {
  it('answer the newest for 0, and no height that is not there', async () => {
    const { queries, makeBlock } = await start();
    await makeBlock();
    expect(queries.lightBlock(0).header.height).toBe(2);
    expect(queries.lightBlock(1).header.height).toBe(1);
    for (const height of [3, 4, 1_000_000]) {
      expect(codeOf(() => queries.lightBlock(height))).toBe('HEIGHT_NOT_RETAINED');
      expect(codeOf(() => queries.block(height))).toBe('HEIGHT_NOT_RETAINED');
    }
  });

  it('give the same block out of the log as when it was new', async () => {
    const { queries, makeBlock } = await start();
    const before = queries.lightBlock(1);
    for (let i = 0; i < ENGINE_LIMITS.lightBlocksMax + 5; i++) await makeBlock();
    expect(queries.lightBlock(1)).toEqual(before);
    expect(queries.lightBlock(1)).not.toBe(before);
  });

  it('lead down from a height, a page of headers at a time, as far as there are', async () => {
    const { queries, makeBlock } = await start();
    while (queries.status().height < HEADERS_MAX + 5) await makeBlock();
    const heightsFrom = async (height: number) =>
      (await queries.blockHeaders(height)).headers.map((header) => header.height);
    const page = await heightsFrom(HEADERS_MAX + 3);
    expect([page[0], page.length, page.at(-1)]).toEqual([HEADERS_MAX + 3, HEADERS_MAX, 4]);
    expect(await heightsFrom(3)).toEqual([3, 2, 1]);
    const { headers } = await queries.blockHeaders(2);
    expect(headers[0]!.lastBlock.hash).toEqual(headerHash(headers[1]!, crypto));
    const beyond = () => queries.blockHeaders(HEADERS_MAX + 6);
    expect(await codeOfAsync(beyond)).toBe('HEIGHT_NOT_RETAINED');
  });

  it('tell nothing of a block that is sealed and not durable', async () => {
    const { queries, engine, machine, makeBlock } = await start();
    const sealing = makeBlock();
    expect(machine.height).toBe(2);
    expect(engine.newest?.header.height).toBe(1);
    expect(queries.status().height).toBe(1);
    expect(codeOf(() => queries.lightBlock(2))).toBe('HEIGHT_NOT_RETAINED');
    expect(codeOf(() => queries.prove({ keys: [Uint8Array.of(1)], height: 1 }))).toBe(
      'HEIGHT_NOT_RETAINED',
    );
    await sealing;
    expect(queries.status().height).toBe(2);
  });
});

describe('proofs of state', () => {
  it('stand under the header that follows, for every height that is kept', async () => {
    const { queries, engine, makeBlock } = await start();
    const key = Uint8Array.of(1, 2, 3);
    for (let i = 0; i < 5; i++) {
      void engine.submit(transaction().envelope);
      await Promise.resolve();
      await makeBlock();
    }
    for (let height = 0; height < 6; height++) {
      const { block, items } = queries.prove({ keys: [key], height });
      expect(block.header.height).toBe(height + 1);
      const { value, proof } = items[0]!;
      expect(verifyState({ key, value, proof }, block.header.appHash, crypto)).toBe(true);
    }
    expect(codeOf(() => queries.prove({ keys: [key], height: 6 }))).toBe('HEIGHT_NOT_RETAINED');
    expect(queries.prove({ keys: [key], height: null }).block.header.height).toBe(6);
  });
});

describe('receipts', () => {
  it('wait for the block that proves them', async () => {
    const { queries, makeBlock } = await start();
    const { envelope, id } = transaction();
    const receipt = queries.submit(envelope);
    await Promise.resolve();
    await makeBlock();
    expect(await Promise.race([receipt, pause(10)])).toBeUndefined();
    await makeBlock();
    expect((await receipt).transaction).toEqual(id);
  });

  it('verify for each transaction of a block, new or out of the log', async () => {
    const { queries, engine, makeBlock } = await start();
    const many = Array.from({ length: 9 }, () => transaction());
    for (const { envelope } of many) void engine.submit(envelope);
    await Promise.resolve();
    await makeBlock();
    await makeBlock();
    const receipts = await Promise.all(many.map(({ id }) => queries.receipt(id)));
    for (let i = 0; i < ENGINE_LIMITS.receiptBlocksMax; i++) await makeBlock();
    for (const [i, { id }] of many.entries()) {
      const again = await queries.receipt(id);
      expect(again).toEqual(receipts[i]);
      const { envelopeDigest: digest, result, proof, block, next } = again;
      const headers = { header: block.header, next: next.header };
      expect(verifyTransaction({ digest, result, proof }, headers, crypto)).toBe(true);
    }
  });

  it('end with the engine, or with the one who asks', async () => {
    const { queries, stop, makeBlock } = await start();
    const aborted = new AbortController();
    const { envelope, id } = transaction();
    const asked = codeOfAsync(() => queries.submit(envelope, aborted.signal));
    await Promise.resolve();
    await makeBlock();
    await pause(1);
    aborted.abort();
    expect(await asked).toBe('ENGINE_STOPPED');
    const other = codeOfAsync(() => queries.receipt(id));
    await stop();
    expect(await other).toBe('ENGINE_STOPPED');
  });

  it('are one for a transaction that is sent again while it is on its way', async () => {
    const { queries, makeBlock } = await start();
    const { envelope } = transaction();
    const [first, copy] = [queries.submit(envelope), queries.submit(envelope.slice())];
    await Promise.resolve();
    await makeBlock();
    await pause(1);
    await makeBlock();
    expect(await copy).toEqual(await first);
  });

  it('are there for a transaction that is sent again when its time has passed', async () => {
    const { queries, makeBlock, clock } = await start();
    const [taken, late] = [transaction(), transaction()];
    const first = queries.submit(taken.envelope);
    await Promise.resolve();
    await makeBlock();
    await makeBlock();
    clock.ms += 400_000;
    await makeBlock();
    expect(await queries.submit(taken.envelope)).toEqual(await first);
    expect(await codeOfAsync(() => queries.submit(late.envelope))).toBe('TRANSACTION_EXPIRED');
  });
});

describe('streams', () => {
  it('begin with the next block where no height is named', async () => {
    const { queries, makeBlock } = await start();
    await makeBlock();
    const reading = take(queries.blocks({ from: null }), 2);
    await pause(1);
    await makeBlock();
    await makeBlock();
    expect(heightsOf(await reading)).toEqual([3, 4]);
  });

  it('have no gap and nothing twice for a reader slower than the blocks', async () => {
    const { queries, makeBlock } = await start();
    const heights: number[] = [];
    const reading = (async () => {
      for await (const { header } of queries.blocks({ from: 1 })) {
        heights.push(header.height);
        await pause(1);
        if (heights.length === 40) break;
      }
    })();
    for (let i = 0; i < 40; i++) await makeBlock();
    await reading;
    expect(heights).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });

  it('tell which slots each block wrote, and leave out blocks that wrote none', async () => {
    const { queries, engine, makeBlock } = await start();
    for (const count of [2, 0, 3]) {
      if (count > 0) void engine.submit(transaction(count).envelope);
      await Promise.resolve();
      await makeBlock();
    }
    const [first, second] = await take(queries.slots({ from: 1 }), 2);
    expect([first!.height, first!.slots.length]).toEqual([2, 2]);
    expect([second!.height, second!.slots.length]).toEqual([4, 3]);
    expect(second!.time).toBe(new TestClock().seconds);
  });

  it('wait for a height that is far ahead, until they are aborted', async () => {
    const { queries, makeBlock } = await start();
    const aborted = new AbortController();
    const reading = take(queries.blocks({ from: 1000, signal: aborted.signal }), 1);
    await makeBlock();
    aborted.abort();
    expect(await reading).toEqual([]);
    const late = new AbortController();
    late.abort();
    expect(await take(queries.blocks({ from: 1, signal: late.signal }), 1)).toEqual([]);
  });

  it('end when the engine stops', async () => {
    const { queries, stop } = await start();
    const reading = take(queries.blocks({ from: null }), 1);
    await pause(1);
    await stop();
    expect(await reading).toEqual([]);
  });

  it('are a few at one time, and make room when they end', async () => {
    const { queries } = await start();
    const open = Array.from({ length: ENGINE_LIMITS.streamsMax }, () =>
      queries.blocks({ from: 1 })[Symbol.asyncIterator](),
    );
    for (const stream of open) await stream.next();
    const next = () => take(queries.blocks({ from: 1 }), 1);
    expect(await codeOfAsync(next)).toBe('ENGINE_BUSY');
    await open[0]!.return?.(undefined);
    expect(await next()).toHaveLength(1);
    for (const stream of open) await stream.return?.(undefined);
  });
});
