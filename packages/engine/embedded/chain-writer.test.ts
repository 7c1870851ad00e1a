import { MemoryStorage, StateMachine } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import {
  encodeTransactionResult,
  headerHash,
  merkleLeaf,
  merkleRoot,
  merkleRootOfHashes,
  toHex,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChainWriter, envelopeTree, resultTree } from './chain-writer.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed, provider } = ledger;
const START_MS = (TEST_TIME + 5) * 1000;

let storage: MemoryStorage;
beforeEach(() => {
  storage = new MemoryStorage();
});

function open(seed = validatorSeed) {
  const machine = StateMachine.open({ storage, crypto, genesis });
  return { machine, writer: new ChainWriter({ genesis, validatorSeed: seed, machine, crypto }) };
}

const write = (address: number) => {
  const bytes = new Uint8Array(32).fill(address);
  const slots = [{ address: bytes, value: bytes }];
  return ledger.serviceTransaction(provider, WriteSlots, { slots }, TEST_TIME);
};

describe('the writer of a chain', () => {
  it('signs what the block before left behind, and what this one takes', () => {
    const { machine, writer } = open();
    expect(writer.last).toBeUndefined();
    const before = machine.appHash;
    const transactions = [write(1), write(1), write(2)];
    const sealed = writer.seal(transactions, START_MS);
    const { header } = sealed.lightBlock;
    expect(toHex(header.appHash)).toBe(toHex(before));
    const leaves = transactions.map(({ digest }) => merkleLeaf(digest, crypto));
    expect(toHex(header.dataHash)).toBe(toHex(merkleRootOfHashes(leaves, crypto)));
    expect(sealed.results.map(({ code }) => code)).toEqual([0, 1, 0]);
    const next = writer.seal([], START_MS + 10).lightBlock.header;
    expect(toHex(next.appHash)).toBe(toHex(machine.appHash));
    const results = merkleRoot(sealed.results.map(encodeTransactionResult), crypto);
    expect(toHex(next.lastResultsHash)).toBe(toHex(results));
    expect(toHex(next.lastBlock.hash)).toBe(toHex(headerHash(header, crypto)));
  });

  it('goes on behind the last block of the log when it is made anew', () => {
    const first = open().writer;
    first.seal([write(1)], START_MS);
    const last = first.seal([write(2), write(2)], START_MS + 10);
    const { writer, machine } = open();
    expect(writer.last).toEqual(last.lightBlock);
    const again = writer.seal([], START_MS + 20).lightBlock;
    expect(again.header.height).toBe(3);
    expect(again.header.lastBlock).toEqual(last.lightBlock.commit.block);
    expect(toHex(again.header.lastResultsHash)).toBe(toHex(last.resultTree.root));
    expect(toHex(again.header.appHash)).toBe(toHex(machine.appHash));
  });

  it('signs the same blocks of the same transactions and clock', () => {
    const blocks = () => {
      storage = new MemoryStorage();
      const { writer } = open();
      return [1, 2, 3].map((n) => {
        const slots = [{ address: new Uint8Array(32).fill(n), value: new Uint8Array(32) }];
        const own = new TestLedger(crypto);
        const one = own.serviceTransaction(own.provider, WriteSlots, { slots }, TEST_TIME);
        return writer.seal([one], START_MS + n).lightBlock;
      });
    };
    expect(blocks()).toEqual(blocks());
  });

  it('has a time that rises by a millisecond at least, from that of the genesis on', () => {
    const { writer } = open();
    const early = (TEST_TIME - 100) * 1000;
    expect(writer.timeAt(early)).toBe(TEST_TIME);
    const times = [early, START_MS, START_MS, early, START_MS + 7].map((clockMs) => {
      const { time } = writer.seal([], clockMs).lightBlock.header;
      return time.seconds * 1000 + time.nanos / 1e6;
    });
    expect(times).toEqual([
      TEST_TIME * 1000 + 1,
      START_MS,
      ...[START_MS + 1, START_MS + 2, START_MS + 7],
    ]);
    expect(writer.timeAt(early)).toBe(TEST_TIME + 5);
  });

  it('is only for the validator of the genesis', () => {
    expect(codeOf(() => open(new Uint8Array(32)))).toBe('VALIDATOR_MISMATCH');
  });
});

describe('the trees of a block', () => {
  it('have the roots of CometBFT, the empty ones too', () => {
    const none = toHex(crypto.sha256(new Uint8Array(0)));
    expect(toHex(envelopeTree([], crypto).root)).toBe(none);
    expect(toHex(resultTree([], crypto).root)).toBe(none);
    const applied = { code: 0, data: Uint8Array.of(1) } as const;
    const refused = { code: 1, data: Uint8Array.of(2) } as const;
    const results = [applied, applied, refused, applied, refused];
    const expected = merkleRoot(results.map(encodeTransactionResult), crypto);
    expect(toHex(resultTree(results, crypto).root)).toBe(toHex(expected));
  });
});
