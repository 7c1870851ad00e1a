import type { ConsensusEngine, EngineQueries } from '@ward/engine';
import { MemoryStorage, StateMachine, type VerifiedTransaction } from '@ward/ledger';
import { Outcome, type Receipt, Slot, slotKey, WriteSlots, writtenSlot } from '@ward/ledger/schema';
import {
  encodeTransactionResult,
  equalBytes,
  type LightBlock,
  merkleLeaf,
  merkleRoot,
  merkleRootOfHashes,
  parseTransaction,
  type Seconds,
  trustFirstBlock,
  verifyLightBlock,
  verifyState,
  verifyTransaction,
  WardError,
} from '@ward/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { TestLedger } from './test-ledger.ts';

/** An engine that runs, and what the suite needs beside it. */
export interface EngineUnderTest {
  readonly engine: ConsensusEngine;
  readonly queries: EngineQueries;
  /** Time that blocks have now. */
  now(): Seconds;
  /** Lets some time pass, at the end of which there is a new block. */
  idle(): Promise<void>;
  /** Stops it and starts it again on what it has kept. */
  restart(): Promise<EngineUnderTest>;
  stop(): Promise<void>;
}

/** What came of a submission, be it told before a block or by one. */
async function codeOf(submission: Promise<{ result: { code: number; data: Uint8Array } }>) {
  try {
    const { result } = await submission;
    const { verdict } = Outcome.decode(result.data);
    return verdict.kind === 'applied' ? 'APPLIED' : verdict.code;
  } catch (error) {
    if (error instanceof WardError) return error.code;
    throw error;
  }
}

/** Makes transactions of one ledger whose slots nobody else writes. */
class Writer {
  readonly #ledger: TestLedger;
  #count = 0;

  constructor(ledger: TestLedger) {
    this.#ledger = ledger;
  }

  slot() {
    const { crypto, provider, realm } = this.#ledger;
    const address = crypto.sha256(Buffer.from(`suite ${this.#count++}`));
    const slot = writtenSlot({ organisation: provider.id, address }, realm);
    return { address, value: crypto.sha256(slot), key: slotKey(slot) };
  }

  write(slots: readonly ReturnType<Writer['slot']>[], now: Seconds): VerifiedTransaction {
    const message = { slots: slots.map(({ address, value }) => ({ address, value })) };
    return this.#ledger.serviceTransaction(this.#ledger.provider, WriteSlots, message, now);
  }

  one(now: Seconds): VerifiedTransaction {
    return this.write([this.slot()], now);
  }
}

/** What the tests of a suite share. */
class Stage {
  readonly ledger: TestLedger;
  readonly writer: Writer;
  readonly #start: () => Promise<EngineUnderTest>;
  readonly running: EngineUnderTest[] = [];

  constructor(ledger: TestLedger, start: () => Promise<EngineUnderTest>) {
    this.ledger = ledger;
    this.writer = new Writer(ledger);
    this.#start = start;
  }

  async begin(): Promise<EngineUnderTest> {
    const own = await this.#start();
    this.running.push(own);
    return own;
  }

  async end(): Promise<void> {
    for (const own of this.running.splice(0)) await own.stop();
  }

  checkReceipt({ envelopeDigest: digest, result, proof, block, next }: Receipt): void {
    const headers = { header: block.header, next: next.header };
    expect(verifyTransaction({ digest, result, proof }, headers, this.ledger.crypto)).toBe(true);
  }

  verifiedOf(envelope: Uint8Array): VerifiedTransaction {
    const { id, digest } = parseTransaction(envelope, this.ledger.crypto);
    return { envelope, id, digest, passkeys: [undefined] };
  }
}

/**
 * What every engine must keep, whatever orders its blocks.
 *
 * @param start Starts an engine on nothing but the genesis of a ledger.
 */
export function describeEngine(
  name: string,
  ledger: TestLedger,
  start: () => Promise<EngineUnderTest>,
): void {
  const stage = new Stage(ledger, start);

  describe(`${name} as an engine`, () => {
    afterEach(() => stage.end());
    itTakesTransactions(stage);
    itRefuses(stage);
    itSignsOneChain(stage);
    itProvesAndKeeps(stage);
  });
}

/** Each transaction stands in one place, once, whole or not at all. */
function itTakesTransactions(stage: Stage): void {
  const { writer } = stage;

  it('takes a transaction and tells where it stands', async () => {
    const { engine, queries, now } = await stage.begin();
    const { envelope, id } = writer.one(now());
    const { height, index, result, id: told } = await engine.submit(envelope);
    expect(told).toEqual(id);
    expect(result.code).toBe(0);
    expect(queries.block(height).transactions[index]).toEqual(envelope);
  });

  it('takes many at once, each in one place', async () => {
    const { engine, now } = await stage.begin();
    const many = Array.from({ length: 300 }, () => writer.one(now()));
    const places = await Promise.all(many.map(({ envelope }) => engine.submit(envelope)));
    const names = places.map(({ height, index }) => `${height}/${index}`);
    expect(new Set(names).size).toBe(300);
    expect(places.every(({ result }) => result.code === 0)).toBe(true);
  });

  it('gives a slot to one of two that want it at one time', async () => {
    const { engine, now } = await stage.begin();
    const slot = writer.slot();
    const both = [writer.write([slot], now()), writer.write([slot], now())];
    const codes = both.map(({ envelope }) => codeOf(engine.submit(envelope)));
    expect((await Promise.all(codes)).sort()).toEqual(['APPLIED', 'SLOT_TAKEN']);
  });

  it('takes no transaction twice, neither at one time nor later', async () => {
    const { engine, now } = await stage.begin();
    const { envelope } = writer.one(now());
    const codes = [1, 2, 3].map(() => codeOf(engine.submit(envelope.slice())));
    const replayed = 'TRANSACTION_REPLAYED';
    expect((await Promise.all(codes)).sort()).toEqual(['APPLIED', replayed, replayed]);
    expect(await codeOf(engine.submit(envelope))).toBe(replayed);
  });

  it('applies all slots of a transaction or none', async () => {
    const { engine, queries, now, idle } = await stage.begin();
    const [taken, other] = [writer.slot(), writer.slot()];
    await engine.submit(writer.write([taken], now()).envelope);
    const { envelope } = writer.write([other, taken], now());
    expect(await codeOf(engine.submit(envelope))).toBe('SLOT_TAKEN');
    await idle();
    const { items } = queries.prove({ keys: [other.key], height: null });
    expect(items[0]!.value).toBeNull();
  });
}

/** What no block may take, and what comes too late. */
function itRefuses(stage: Stage): void {
  const { ledger, writer } = stage;

  it('refuses what no block may take, with its code', async () => {
    const { engine, now } = await stage.begin();
    const good = writer.one(now());
    const stranger = ledger.makeMember(99);
    const forged = good.envelope.slice();
    forged[forged.length - 1]! ^= 1;
    const message = { slots: [{ address: new Uint8Array(32), value: new Uint8Array(32) }] };
    const codes = await Promise.all([
      codeOf(engine.submit(forged)),
      codeOf(engine.submit(good.envelope.subarray(1))),
      codeOf(engine.submit(writer.one(now() - 3600).envelope)),
      codeOf(engine.submit(writer.one(now() + 3600).envelope)),
      codeOf(
        engine.submit(ledger.serviceTransaction(stranger, WriteSlots, message, now()).envelope),
      ),
    ]);
    expect(codes.slice(0, 1)).toEqual(['TRANSACTION_SIGNATURE']);
    expect(codes[1]).toMatch(/^(CBOR|FORMAT)_/);
    expect(codes.slice(2)).toEqual([
      'TRANSACTION_EXPIRED',
      'TRANSACTION_TOO_FAR',
      'SIGNER_UNKNOWN',
    ]);
  });

  it('takes nothing once it is stopped', async () => {
    const { engine, now, stop } = await stage.begin();
    await stop();
    expect(await codeOf(engine.submit(writer.one(now()).envelope))).toBe('ENGINE_STOPPED');
  });

  it('leaves the state as it is in blocks without transactions', async () => {
    const { engine, idle } = await stage.begin();
    await idle();
    const { appHash, height } = engine.newest!.header;
    await idle();
    expect(engine.newest!.header.height).toBeGreaterThan(height);
    expect(engine.newest!.header.appHash).toEqual(appHash);
  });
}

/** One chain of headers, and blocks that anybody can execute again. */
function itSignsOneChain(stage: Stage): void {
  const { ledger, writer } = stage;
  const { crypto, genesis } = ledger;

  it('signs one chain of headers that a light client follows from the genesis', async () => {
    const { engine, queries, now, idle } = await stage.begin();
    for (let i = 0; i < 3; i++) await engine.submit(writer.one(now()).envelope);
    await idle();
    const newest = engine.newest!.header.height;
    const rules = { chain: genesis.chain, trustingPeriodSeconds: 3600, clockDriftSeconds: 10 };
    let trusted = trustFirstBlock(queries.lightBlock(1), genesis, rules, crypto);
    for (let height = 2; height <= newest; height++) {
      const block = queries.lightBlock(height);
      expect(block.header.lastBlock.hash).toEqual(trusted.hash);
      trusted = verifyLightBlock({ trusted, block, now: now() }, rules, crypto);
    }
    expect(newest).toBeGreaterThan(3);
  });

  it('makes blocks that give the same hashes wherever they are executed', async () => {
    const { engine, queries, now, idle } = await stage.begin();
    const many = Array.from({ length: 40 }, () => writer.one(now()));
    await Promise.all(many.map(({ envelope }) => engine.submit(envelope)));
    await idle();
    const again = StateMachine.open({ storage: new MemoryStorage(), crypto, genesis });
    const newest = engine.newest!.header.height;
    for (let height = 1; height < newest; height++) {
      const { block, transactions, results } = queries.block(height);
      const verified = transactions.map((envelope) => stage.verifiedOf(envelope));
      const time = block.header.time.seconds;
      const outcome = again.execute({ height, time, transactions: verified });
      again.commit({ lightBlock: new Uint8Array(1) });
      const { appHash, lastResultsHash } = queries.lightBlock(height + 1).header;
      expect(appHash).toEqual(outcome.appHash);
      expect(results).toEqual(outcome.results);
      for (const { id } of verified) stage.checkReceipt(await queries.receipt(id));
      // Where others take part, headers name containers: receipts show what they hold.
      if (engine.kind === 'cometbft') continue;
      const leaves = verified.map(({ digest }) => merkleLeaf(digest, crypto));
      expect(block.header.dataHash).toEqual(merkleRootOfHashes(leaves, crypto));
      const encoded = outcome.results.map(encodeTransactionResult);
      expect(lastResultsHash).toEqual(merkleRoot(encoded, crypto));
    }
  });
}

/** What was told is proved, in order, and there after a restart. */
function itProvesAndKeeps(stage: Stage): void {
  const { ledger, writer } = stage;
  const { crypto } = ledger;

  it('proves a receipt and the state behind it under headers that are signed', async () => {
    const { queries, now } = await stage.begin();
    const slot = writer.slot();
    const receipt = await queries.submit(writer.write([slot], now()).envelope);
    stage.checkReceipt(receipt);
    const { block, items } = queries.prove({ keys: [slot.key], height: null });
    const { value, proof } = items[0]!;
    expect(verifyState({ key: slot.key, value, proof }, block.header.appHash, crypto)).toBe(true);
    expect(Slot.decode(value!).value).toEqual(slot.value);
  });

  it('tells of each block once, in order, with times that increase', async () => {
    const { engine, now, idle } = await stage.begin();
    const told: LightBlock[] = [];
    const unsubscribe = engine.onBlock((block) => told.push(block));
    const many = Array.from({ length: 30 }, () => writer.one(now()));
    await Promise.all(many.map(({ envelope }) => engine.submit(envelope)));
    await idle();
    unsubscribe();
    const count = told.length;
    await idle();
    expect(told).toHaveLength(count);
    for (const [i, { header }] of told.slice(1).entries()) {
      const last = told[i]!.header;
      expect(header.height).toBe(last.height + 1);
      const { seconds, nanos } = header.time;
      const isLater = seconds > last.time.seconds || nanos > last.time.nanos;
      expect(isLater).toBe(true);
    }
  });

  it('has everything after a restart, and takes nothing twice over it', async () => {
    const { queries, now, restart } = await stage.begin();
    const { envelope, id } = writer.one(now());
    const before = await queries.submit(envelope);
    const again = await restart();
    stage.running.push(again);
    const after = await again.queries.receipt(id);
    expect(equalBytes(after.block.commit.block.hash, before.block.commit.block.hash)).toBe(true);
    stage.checkReceipt(after);
    expect(await codeOf(again.engine.submit(envelope))).toBe('TRANSACTION_REPLAYED');
    expect(await codeOf(again.engine.submit(writer.one(now()).envelope))).toBe('APPLIED');
  });
}
