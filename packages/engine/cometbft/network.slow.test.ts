import { WriteSlots } from '@ward/ledger/schema';
import { verifyTransaction } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  CometbftStage,
  isWithoutCometbft,
  ledgerOfNow,
  reached,
  type StagedNode,
} from '@ward/testkit/cometbft-stage';
import { afterEach, describe, expect, it, vi } from 'vitest';

const crypto = await loadCrypto();
const VALIDATORS = 4;
const STARTED = { timeout: 30_000 };
const stages: CometbftStage[] = [];

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

function begin(validators: number): CometbftStage {
  const stage = new CometbftStage(ledgerOfNow(crypto, validators));
  stages.push(stage);
  return stage;
}

let made = 0;
/** A transaction that writes a slot of its own. */
function write({ ledger }: CometbftStage, { engine }: StagedNode): Uint8Array {
  const address = crypto.sha256(Buffer.from(`network ${made++}`));
  const slots = [{ address, value: address }];
  const now = engine.newest!.header.time.seconds;
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, now).envelope;
}

function expectOneChain(nodes: readonly StagedNode[], height: number): void {
  const [first, ...others] = nodes.map(({ queries }) => queries.lightBlock(height).header);
  for (const other of others) expect(other).toEqual(first);
}

describe.skipIf(isWithoutCometbft)('four validators on CometBFT', () => {
  it('take what any of them is given, have one state, and go on without one', async () => {
    const stage = begin(VALIDATORS);
    const nodes = await Promise.all([0, 1, 2, 3].map((index) => stage.start(index)));
    const submitted = nodes.flatMap((node) =>
      Array.from({ length: 25 }, () => node.queries.submit(write(stage, node))),
    );
    const receipts = await Promise.all(submitted);
    for (const { envelopeDigest: digest, result, proof, block, next } of receipts) {
      expect(result.code).toBe(0);
      const headers = { header: block.header, next: next.header };
      expect(verifyTransaction({ digest, result, proof }, headers, crypto)).toBe(true);
    }
    const height = Math.max(...receipts.map(({ next }) => next.header.height));
    await Promise.all(nodes.map((node) => reached(node, height)));
    for (let at = 1; at <= height; at++) expectOneChain(nodes, at);

    const [last, ...rest] = nodes.toReversed();
    await last!.stop();
    const later = await Promise.all(rest.map((node) => node.queries.submit(write(stage, node))));
    expect(later.every(({ result }) => result.code === 0)).toBe(true);

    const again = await stage.start(VALIDATORS - 1);
    const newest = Math.max(...later.map(({ next }) => next.header.height));
    await reached(again, newest);
    expectOneChain([again, ...rest], newest);
  });

  it('answer with one place for a transaction that several of them were given', async () => {
    const stage = begin(VALIDATORS);
    const nodes = await Promise.all([0, 1, 2, 3].map((index) => stage.start(index)));
    const envelope = write(stage, nodes[0]!);
    const receipts = await Promise.all(nodes.map(({ queries }) => queries.submit(envelope)));
    const places = receipts.map(({ block, result, proof }) => ({
      height: block.header.height,
      result,
      proof,
    }));
    for (const place of places) expect(place).toEqual(places[0]);
    expect(places[0]!.result.code).toBe(0);
  });

  it('wait with empty blocks, and not with a transaction, whoever is given it', async () => {
    const stage = begin(VALIDATORS);
    const idleBlockMs = 3_600_000;
    const starts = [0, 1, 2, 3].map((index) => stage.start(index, { idleBlockMs }));
    const nodes = await Promise.all(starts);
    for (const node of nodes) {
      const { result, next } = await node.queries.submit(write(stage, node));
      expect(result.code).toBe(0);
      await Promise.all(nodes.map((one) => reached(one, next.header.height)));
    }
  });
});

describe.skipIf(isWithoutCometbft)('CometBFT that is killed', () => {
  it('is started again: nothing that was told is lost, nothing is done twice', async () => {
    const stage = begin(1);
    const node = await stage.start(0);
    const ids: Uint8Array[] = [];
    for (let round = 0; round < 4; round++) {
      const sent = Array.from({ length: 20 }, () => node.queries.submit(write(stage, node)));
      await new Promise((resolve) => setTimeout(resolve, round * 130));
      const pid = node.enginePid()!;
      process.kill(pid, 'SIGKILL');
      // All of it may have been answered before: the next round needs another one to kill.
      await vi.waitUntil(() => ![pid, undefined].includes(node.enginePid()), STARTED);
      for (const { transaction, result } of await Promise.all(sent)) {
        expect(result.code).toBe(0);
        ids.push(transaction);
      }
    }
    const places = ids.map((id) => node.machine.find(id)!);
    expect(new Set(places.map(({ height, index }) => `${height}/${index}`)).size).toBe(80);
    await node.stop();
    const again = await stage.start(0);
    for (const id of ids) expect((await again.queries.receipt(id)).result.code).toBe(0);
  });
});
