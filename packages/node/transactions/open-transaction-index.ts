import type { ChainArchive, ConsensusEngine } from '@ward/engine';
import { type Crypto, headerHash, parseTransaction, word } from '@ward/protocol';
import type { Log } from '@ward/server';
import { TransactionIndex } from './transaction-index.ts';

export interface OpenTransactionIndexOptions {
  readonly path: string;
  readonly engine: ConsensusEngine;
  readonly archive: ChainArchive;
  readonly crypto: Crypto;
  readonly log: Log;
}

/** Opens the index of a running engine's transactions; it catches up beside other work. */
export function openTransactionIndex(options: OpenTransactionIndexOptions): TransactionIndex {
  const { path, engine, archive, crypto, log } = options;
  const index = new TransactionIndex({
    path,
    chain: {
      get newest() {
        return engine.newest?.header.height ?? 0;
      },
      get oldest() {
        return archive.oldest;
      },
      hashAt(height) {
        const block = archive.lightBlock(height);
        return block && headerHash(block.header, crypto);
      },
      idsAt(height) {
        // The newest blocks are at hand with their ids; older ones come from the log.
        if (height === engine.newest?.header.height) {
          return archive.receiptParts(height)!.transactions.map(({ id }) => id);
        }
        const { transactions } = archive.block(height)!;
        return transactions.map((envelope) => parseTransaction(envelope, crypto).id);
      },
    },
  });
  engine.onBlock(({ header }) => index.follow(header.height));
  const behind = (engine.newest?.header.height ?? 0) - index.height;
  if (behind > 0) log.info(word('index-behind'), { blocks: behind });
  index.catchUp().catch((error: unknown) => {
    // A block that cannot be read is found by whoever asks for it; the index stays behind.
    log.error(word('index-stopped'), { height: index.height, isError: error instanceof Error });
  });
  return index;
}
