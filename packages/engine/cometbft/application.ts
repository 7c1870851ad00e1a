import type { BlockOutcome, VerifiedTransaction } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import { equalBytes, type Height, type Seconds } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { AnswerOf, RequestOf, Timestamp } from './abci-messages.ts';
import type { AbciApplication } from './abci-server.ts';
import { blockReport, engineUpdates } from './block-words.ts';
import { readContainer, readContainers } from './container.ts';
import { BlockContainers, ContainerResults } from './container-archive.ts';
import type { ContainerPool } from './container-pool.ts';
import { ABCI_VERSION } from './engine-binary.ts';
import { SnapshotCalls, type SnapshotCallsOptions } from './snapshot-calls.ts';
import type { Verdict, Verifier } from './verifier.ts';

/** As the headers of this ledger have it, under either engine. */
export const APP_VERSION = 1;
const ACCEPT = 1;
const REJECT = 2;
/** Codes of the mempool; those from 32,000 on say that the same may be offered again. */
const CODE_TAKEN = 0;
const CODE_REFUSED = 1;
const CODE_FULL = 32_000;
/** Bytes that a container takes in a block beside its own. */
const CONTAINER_HEAD_BYTES = 8;

/** A block that is durable, as those who wait for it are told. */
export interface TakenBlock {
  readonly height: Height;
  /** Name of the block: SHA-256 over its header. */
  readonly hash: Uint8Array;
  readonly transactions: readonly VerifiedTransaction[];
  readonly results: BlockOutcome['results'];
}

export interface ApplicationOptions extends SnapshotCallsOptions {
  readonly genesis: Genesis;
  readonly pool: ContainerPool;
  readonly verifier: Verifier;
  /** A block is durable. */
  readonly onCommitted: (block: TakenBlock) => void;
  readonly nowMs: () => number;
}

interface ExecutedBlock extends TakenBlock {
  readonly containers: readonly Uint8Array[];
  readonly counts: BlockContainers['counts'];
}

/** Transactions of a block whose signatures fit, by container. */
interface OpenedBlock {
  readonly counts: BlockContainers['counts'];
  readonly transactions: readonly VerifiedTransaction[];
  /** Everything in it is a container, and every signature fits. */
  readonly isClean: boolean;
}

/**
 * The state machine as an application of CometBFT. What lasts changes in `commit` alone, by one
 * write of the ledger's log: whatever crashes, `info` says which block has to be sent again.
 */
export function createApplication(options: ApplicationOptions): AbciApplication {
  const consensus = new Consensus(options);
  const mempool = new Mempool(options);
  const snapshots = new SnapshotCalls(options);
  return {
    echo: ({ text }) => ({ text }),
    flush: () => ({}),
    info: (request) => consensus.begin(request),
    initChain: (request) => consensus.initialize(request),
    prepareProposal: (request) => mempool.propose(request),
    processProposal: (request) => consensus.judge(request),
    extendVote: () => ({}),
    verifyVoteExtension: () => ({ status: ACCEPT }),
    finalizeBlock: (request) => consensus.execute(request),
    commit: () => consensus.commit(),
    // Transactions come by the node's own doors; nothing is taken from CometBFT's.
    checkTx: () => ({ code: CODE_REFUSED }),
    insertTx: (request) => mempool.insert(request),
    reapTxs: () => mempool.reap(),
    query: () => ({ code: CODE_REFUSED, log: 'the ledger is asked at the API of the node' }),
    listSnapshots: () => snapshots.list(),
    offerSnapshot: (request) => snapshots.offer(request),
    loadSnapshotChunk: (request) => snapshots.load(request),
    applySnapshotChunk: (request) => snapshots.apply(request),
  };
}

/** Blocks: judged, executed, made to last. */
class Consensus {
  readonly #options: ApplicationOptions;
  #executed: ExecutedBlock | undefined;

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  /** @throws WardError `ENGINE_BROKEN` for another version of ABCI. */
  begin({ abciVersion }: RequestOf<'info'>): AnswerOf<'info'> {
    const { machine } = this.#options;
    const { height } = machine;
    if (abciVersion !== ABCI_VERSION) throw refuse('ENGINE_BROKEN', { height });
    const last = height === 0 ? {} : { lastAppHash: machine.appHash };
    const appVersion = BigInt(APP_VERSION);
    return { data: 'ward', appVersion, lastHeight: BigInt(height), ...last };
  }

  /** @throws WardError `ENGINE_BROKEN` for another chain than that of the genesis. */
  initialize(request: RequestOf<'initChain'>): AnswerOf<'initChain'> {
    const { machine, genesis } = this.#options;
    const { validators } = genesis;
    const isOurs =
      request.chain === genesis.chain &&
      secondsOf(request.time) === genesis.time &&
      machine.height === 0 &&
      request.validators.length === validators.length &&
      request.validators.every(({ key, power }) =>
        validators.some(
          (own) =>
            key?.value.case === 'ed25519' &&
            equalBytes(own.publicKey, key.value.value) &&
            own.power === Number(power),
        ),
      );
    if (!isOurs) throw refuse('ENGINE_BROKEN', { height: machine.height });
    return { appHash: machine.appHash };
  }

  /** Votes for a block unless an honest node could not have proposed it. */
  async judge({ containers }: RequestOf<'processProposal'>): Promise<AnswerOf<'processProposal'>> {
    const { isClean } = await this.#open(containers);
    return { status: isClean ? ACCEPT : REJECT };
  }

  async #open(containers: readonly Uint8Array[]): Promise<OpenedBlock> {
    const { verifier } = this.#options;
    const verdicts = await Promise.all(
      readContainers(containers).map((envelopes, i) =>
        envelopes === null ? null : verifier.verify(containers[i]!, envelopes),
      ),
    );
    const fitting = verdicts.map((verdict) => verdict?.filter(isThere) ?? null);
    return {
      counts: fitting.map((own) => own?.length ?? null),
      transactions: fitting.flatMap((own) => own ?? []),
      isClean: verdicts.every((verdict) => verdict?.every(isThere) ?? false),
    };
  }

  /**
   * A transaction in it whose signature does not fit is as if it were not there: so say all nodes.
   *
   * @throws WardError `BLOCK_INVALID` for one that does not follow the last.
   */
  async execute(request: RequestOf<'finalizeBlock'>): Promise<AnswerOf<'finalizeBlock'>> {
    const { machine, crypto } = this.#options;
    const { containers, hash } = request;
    const { counts, transactions } = await this.#open(containers);
    const height = Number(request.height);
    const time = secondsOf(request.time);
    const report = blockReport(request);
    const outcome = machine.execute({ height, time, transactions, ...report });
    const { results } = outcome;
    this.#executed = { height, hash, transactions, results, containers, counts };
    const taken = transactions.map(({ digest }, i) => ({ digest, result: results[i]! }));
    const containerResults = new ContainerResults(counts, taken, crypto);
    return {
      results: containerResults.results,
      ...engineUpdates(outcome),
      appHash: outcome.appHash,
    };
  }

  async commit(): Promise<AnswerOf<'commit'>> {
    const { machine, storage, pool, verifier, onCommitted } = this.#options;
    const block = this.#executed;
    if (block === undefined) throw refuse('ENGINE_BROKEN', { height: machine.height });
    this.#executed = undefined;
    const { hash, counts, containers } = block;
    machine.commit({ lightBlock: BlockContainers.encode({ block: hash, counts }) });
    await storage.flush();
    pool.commit(containers);
    verifier.forget(containers);
    onCommitted(block);
    return {};
  }
}

/** Containers that no block has taken: told, taken in, proposed. */
class Mempool {
  readonly #options: ApplicationOptions;

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  #pack(): void {
    const { pool, verifier, machine } = this.#options;
    for (const { bytes, waiting } of pool.pack(machine.time)) {
      verifier.remember(
        bytes,
        waiting.map(({ transaction }) => transaction),
      );
    }
  }

  reap(): AnswerOf<'reapTxs'> {
    this.#pack();
    const { pool, nowMs } = this.#options;
    return { containers: pool.tell(nowMs()) };
  }

  async insert({ bytes }: RequestOf<'insertTx'>): Promise<AnswerOf<'insertTx'>> {
    const { pool, verifier } = this.#options;
    const wanted = pool.wants(bytes);
    if (wanted !== 'yes') return { code: wanted === 'full' ? CODE_FULL : CODE_TAKEN };
    const envelopes = readContainer(bytes);
    if (envelopes === null) return { code: CODE_REFUSED };
    const verdict = await verifier.verify(bytes, envelopes);
    if (!verdict.every(isThere) || !this.#isTimely(verdict)) return { code: CODE_REFUSED };
    pool.insert(bytes, this.#options.machine.time);
    return { code: CODE_TAKEN };
  }

  /** Whether a block could take any of it: what was taken or is past its time comes back. */
  #isTimely(verdict: Verdict): boolean {
    const { machine } = this.#options;
    return verdict.filter(isThere).some((transaction) => {
      try {
        machine.checkSigned(transaction, machine.time);
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Containers in the order of their coming, as many as fit. */
  propose({ maxBytes }: RequestOf<'prepareProposal'>): AnswerOf<'prepareProposal'> {
    this.#pack();
    const containers: Uint8Array[] = [];
    let size = 0;
    for (const container of this.#options.pool.containers()) {
      size += container.length + CONTAINER_HEAD_BYTES;
      if (size > Number(maxBytes)) break;
      containers.push(container);
    }
    // Those behind the ledger's own limits wait for the next block.
    const readable = readContainers(containers);
    return { containers: containers.filter((_, i) => readable[i] !== null) };
  }
}

function isThere<T>(item: T | null): item is T {
  return item !== null;
}

function secondsOf(time: Timestamp | undefined): Seconds {
  return Number(time?.seconds ?? 0n);
}
