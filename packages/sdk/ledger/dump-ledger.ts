import { LEDGER_LIMITS, networkState, proposalNumber } from '@ward/ledger/schema';
import { type Json, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { describeTransaction } from './describe-transaction.ts';
import { TouchedKeys } from './touched-keys.ts';
import { type WalkedBlock, type WalkOptions, walkBlocks } from './walk-blocks.ts';

/**
 * All that the ledger shows to anybody, one JSON value after the other: each block, each
 * transaction with its raw bytes, then every state key that a transaction or the genesis wrote,
 * proved at the newest height. Everything is verified before it is given out.
 *
 * @throws WardError as {@link walkBlocks} does.
 */
export async function* dumpLedger(
  options: WalkOptions,
  connection: Connection,
): AsyncGenerator<{ readonly [field: string]: Json }> {
  const touched = new TouchedKeys(connection);
  for await (const block of walkBlocks(options, connection)) {
    yield* blockLines(block);
    for (const { transaction, verdict } of block.transactions) {
      if (verdict.kind === 'applied') touched.addAll(transaction.body);
    }
  }
  await addProposals(touched, connection);
  yield* stateLines(touched, connection);
}

function* blockLines({ height, hash, block, transactions }: WalkedBlock) {
  const { time, appHash, proposer } = block.header;
  yield {
    ...{ kind: 'block', height, hash: toHex(hash), time: time.seconds },
    ...{ appHash: toHex(appHash), proposer: toHex(proposer), transactions: transactions.length },
  };
  for (const [index, walked] of transactions.entries()) {
    const envelope = toHex(walked.envelope);
    yield { kind: 'transaction', height, index, ...describeTransaction(walked), envelope };
  }
}

/**
 * The ledger numbers proposals itself, so that no message names its own; and who proposes has voted
 * without a message.
 */
async function addProposals(touched: TouchedKeys, connection: Connection): Promise<void> {
  const { agenda, proposals, votes } = networkState;
  const next = (await connection.read(agenda))?.next ?? 1;
  for (let from = 1; from < next; from += LEDGER_LIMITS.provedKeysMax) {
    const count = Math.min(LEDGER_LIMITS.provedKeysMax, next - from);
    const numbers = Array.from({ length: count }, (_, i) => proposalNumber(from + i));
    const state = await connection.prove(numbers.map((number) => proposals.key(number)));
    for (const number of numbers) {
      touched.addRecord(proposals, number);
      const { proposer } = state.record(proposals.value, proposals.key(number))!;
      touched.addRecord(votes, number, proposer);
    }
  }
}

async function* stateLines({ list }: TouchedKeys, connection: Connection) {
  const size = LEDGER_LIMITS.provedKeysMax;
  for (let at = 0; at < list.length; at += size) {
    const page = list.slice(at, at + size);
    const state = await connection.prove(page.map(({ key }) => key));
    for (const { key, format } of page) {
      const record = state.record(format, key);
      const value = record === null ? null : format.toJson(record);
      const name = format.name as string;
      yield { kind: 'state', height: state.height, key: toHex(key), format: name, value };
    }
  }
}
