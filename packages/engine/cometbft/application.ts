import { type BlockOutcome, baseOf, type VerifiedTransaction } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import { equalBytes, type Height, type Seconds } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { AnswerOf, RequestOf, Timestamp } from './abci-messages.ts';
import type { AbciApplication } from './abci-server.ts';
import { BlockRetention } from './block-retention.ts';
import { blockReport, engineUpdates } from './block-words.ts';
import { openContainers } from './container.ts';
import { BlockContainers, ContainerResults } from './container-archive.ts';
import type { ContainerPool } from './container-pool.ts';
import { ABCI_VERSION } from './engine-binary.ts';
import { Mempool } from './mempool.ts';
import { ProposalWait, type ProposalWaitOptions } from './proposal-wait.ts';
import { SnapshotCalls, type SnapshotCallsOptions } from './snapshot-calls.ts';
import type { Verifier } from './verifier.ts';

/** As the headers of this ledger have it, under either engine. */
export const APP_VERSION = 1;
const ACCEPT = 1;
const REJECT = 2;
/** Calls that this application does not serve. */
const CODE_REFUSED = 1;

/** A block that is durable, as those who wait for it are told. */
export interface TakenBlock {
  readonly height: Height;
  /** Name of the block: SHA-256 over its header. */
  readonly hash: Uint8Array;
  readonly transactions: readonly VerifiedTransaction[];
  readonly results: BlockOutcome['results'];
}

export interface ApplicationOptions extends SnapshotCallsOptions, ProposalWaitOptions {
  readonly genesis: Genesis;
  readonly pool: ContainerPool;
  readonly verifier: Verifier;
  /** Which blocks CometBFT may forget; unless told, one that remembers nothing over a restart. */
  readonly retention?: BlockRetention;
  /** A block is durable. */
  readonly onCommitted: (block: TakenBlock) => void;
  readonly nowMs: () => number;
  /** Something failed beside the calls of CometBFT. */
  readonly onFailed?: (error: unknown) => void;
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
  const wait = new ProposalWait(options);
  const snapshots = new SnapshotCalls(options);
  return {
    echo: ({ text }) => ({ text }),
    flush: () => ({}),
    info: (request) => consensus.begin(request),
    initChain: (request) => consensus.initialize(request),
    async prepareProposal(request) {
      await wait.end(request);
      return mempool.propose(request);
    },
    processProposal: (request) => consensus.judge(request),
    extendVote: () => ({}),
    verifyVoteExtension: () => ({ status: ACCEPT }),
    finalizeBlock: (request) => {
      mempool.begin(request.containers);
      wait.begin(request);
      return consensus.execute(request);
    },
    async commit() {
      const answer = await consensus.commit();
      mempool.end();
      wait.committed();
      return answer;
    },
    // Transactions come by the node's own doors; nothing is taken from CometBFT's.
    checkTx: () => ({ code: CODE_REFUSED }),
    insertTx: (request) => mempool.insert(request),
    reapTxs: (_, hurried) => mempool.reap(hurried),
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
  readonly #retention: BlockRetention;
  #executed: ExecutedBlock | undefined;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#retention = options.retention ?? new BlockRetention(options.machine);
  }

  /** @throws WardError `ENGINE_BROKEN` for another version of ABCI. */
  begin({ abciVersion }: RequestOf<'info'>): AnswerOf<'info'> {
    const { machine, genesis } = this.#options;
    const { height } = machine;
    if (abciVersion !== ABCI_VERSION) throw refuse('ENGINE_BROKEN', { height });
    const appVersion = BigInt(APP_VERSION);
    // Without a block of this chain CometBFT asks for its beginning, wherever heights go on from.
    const isNew = height <= baseOf(genesis);
    const last = isNew ? {} : { lastAppHash: machine.appHash };
    return { data: 'ward', appVersion, lastHeight: BigInt(isNew ? 0 : height), ...last };
  }

  /** @throws WardError `ENGINE_BROKEN` for another chain than that of the genesis. */
  initialize(request: RequestOf<'initChain'>): AnswerOf<'initChain'> {
    const { machine, genesis } = this.#options;
    const { validators } = genesis;
    const base = baseOf(genesis);
    const isOurs =
      request.chain === genesis.chain &&
      secondsOf(request.time) === genesis.time &&
      machine.height === base &&
      request.initialHeight === BigInt(base + 1) &&
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
      openContainers(containers, (bytes) => verifier.open(bytes)).map((opened, i) =>
        opened === null ? null : verifier.verify(containers[i]!),
      ),
    );
    const fitting = verdicts.map((verdict) => verdict?.filter((one) => one !== null) ?? null);
    return {
      counts: fitting.map((own) => own?.length ?? null),
      transactions: fitting.flatMap((own) => own ?? []),
      isClean: verdicts.every((verdict) => verdict?.every((one) => one !== null) ?? false),
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
    return { retainHeight: BigInt(this.#retention.height()) };
  }
}

function secondsOf(time: Timestamp | undefined): Seconds {
  return Number(time?.seconds ?? 0n);
}
