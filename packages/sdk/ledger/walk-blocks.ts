import {
  type BlockContent,
  firstHeightOf,
  getBlock,
  getLightBlock,
  Outcome,
} from '@ward/ledger/schema';
import {
  callEndpoint,
  type Digest,
  equalBytes,
  type Height,
  headerHash,
  type LightBlock,
  type LightClientRules,
  type ParsedTransaction,
  parseTransaction,
  refuseProtocol,
  TrustedChain,
  trustFirstBlock,
  verifyBlock,
  verifySignatures,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/** Blocks that are fetched ahead. */
const AHEAD = 4;

/** A transaction of a walked block: its signatures fit, and the next header names its result. */
export interface WalkedTransaction {
  readonly transaction: ParsedTransaction;
  readonly envelope: Uint8Array;
  readonly verdict: Outcome['verdict'];
}

/** A block that follows the one before it, with all that came of its transactions. */
export interface WalkedBlock {
  readonly height: Height;
  readonly hash: Digest;
  readonly block: LightBlock;
  readonly transactions: readonly WalkedTransaction[];
}

export interface WalkOptions {
  /** Told before the first block: how far the walk goes. */
  readonly onStart?: (range: { readonly from: Height; readonly to: Height }) => void;
}

/**
 * Walks the chain from its first block, or from the checkpoint of the network file, to the block
 * before the newest. Every header is verified against the one before it, every transaction against
 * its header, its signatures and its result; the end is the head that this client believes.
 *
 * @throws WardError `HEADER_*`, `PROOF_INVALID`, `TRANSACTION_SIGNATURE`, what the node refuses:
 * `HEIGHT_NOT_RETAINED` where it keeps no old blocks.
 */
export async function* walkBlocks(
  { onStart = () => {} }: WalkOptions,
  connection: Connection,
): AsyncGenerator<WalkedBlock> {
  const head = await connection.ledger.head();
  const to = head.header.height - 1;
  const first = await firstBlock(connection);
  const from = first.header.height;
  onStart({ from, to });
  const follow = new Follower(first, connection);
  let block: LightBlock = first;
  const contents = fetchAhead({ from, to }, connection);
  for (let height = from; height <= to; height++) {
    const content = await contents.next();
    const next = await fetchLight(height + 1, connection);
    const hash = follow.take(next);
    const transactions = readTransactions(content.value!, { block, next }, connection);
    yield { height, hash, block, transactions };
    block = next;
  }
  if (!equalBytes(follow.newest, head.hash))
    throw refuseProtocol('HEADER_FORK', { height: to + 1 });
}

/** Where trust begins: as the network file says. */
async function firstBlock(connection: Connection): Promise<LightBlock> {
  const { checkpoint, genesis } = connection.networkFile;
  return checkpoint ?? fetchLight(firstHeightOf(genesis), connection);
}

/** Believes one block after the other; each has to name the one before it. */
class Follower {
  readonly #chain: TrustedChain;
  readonly #connection: Connection;

  constructor(first: LightBlock, connection: Connection) {
    const { networkFile, realm } = connection;
    const { genesis, checkpoint, trustingPeriodSeconds } = networkFile;
    // Adjacent headers need no trusting period: it is the head at the end that has to be young.
    const rules: LightClientRules = {
      chain: genesis.chain,
      trustingPeriodSeconds,
      clockDriftSeconds: 0,
    };
    const { header } = first;
    const named =
      checkpoint === null
        ? { validators: genesis.validators, height: firstHeightOf(genesis) }
        : { height: header.height, hash: headerHash(header, realm.crypto) };
    const trusted = trustFirstBlock(first, named, rules, realm.crypto);
    this.#chain = new TrustedChain(trusted, rules, realm.crypto);
    this.#connection = connection;
  }

  get newest(): Digest {
    return this.#chain.newest.hash;
  }

  /** @returns Hash of the block before the one that was taken. */
  take(next: LightBlock): Digest {
    const { hash, header } = this.#chain.newest;
    const { height, time, lastBlock } = next.header;
    const isLinked = height === header.height + 1 && equalBytes(lastBlock.hash, hash);
    if (!isLinked) throw refuseProtocol('HEADER_MISMATCH', { height });
    this.#chain.believe(next, {
      floor: height,
      now: Math.min(time.seconds, this.#connection.now()),
    });
    return hash;
  }
}

function readTransactions(
  content: BlockContent,
  { block, next }: { block: LightBlock; next: LightBlock },
  { realm: { crypto } }: Connection,
): WalkedTransaction[] {
  const { transactions, results } = content;
  const { header } = block;
  const digests = transactions.map((each) => crypto.sha256(each));
  const isWhole =
    equalBytes(headerHash(content.block.header, crypto), headerHash(header, crypto)) &&
    verifyBlock({ ...content, digests }, { header, next: next.header }, crypto);
  if (!isWhole) throw refuseProtocol('PROOF_INVALID', { height: header.height });
  return transactions.map((envelope, i) => {
    const transaction = parseTransaction(envelope, crypto);
    verifySignatures(transaction, crypto);
    const { verdict } = Outcome.decode(results[i]!.data);
    return { transaction, envelope, verdict };
  });
}

async function* fetchAhead(
  { from, to }: { from: Height; to: Height },
  connection: Connection,
): AsyncGenerator<BlockContent> {
  const waiting: Promise<BlockContent>[] = [];
  for (let height = from; height <= to || waiting.length > 0; height++) {
    if (height <= to) {
      const fetched = fetchBlock(height, connection);
      // Looked at when its turn comes; until then nobody else would.
      fetched.catch(() => undefined);
      waiting.push(fetched);
    }
    if (waiting.length > AHEAD || height >= to) yield await waiting.shift()!;
  }
}

function fetchBlock(height: Height, connection: Connection): Promise<BlockContent> {
  const request = { params: { height }, query: {}, body: null };
  return connection.askNodes((node) => callEndpoint(getBlock, request, node));
}

function fetchLight(height: Height, connection: Connection): Promise<LightBlock> {
  const request = { params: { height }, query: {}, body: null };
  return connection.askNodes((node) => callEndpoint(getLightBlock, request, node));
}
