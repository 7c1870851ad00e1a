import { join } from 'node:path';
import {
  type ChainArchive,
  type CometbftHome,
  type CometbftHomeOptions,
  type ConsensusEngine,
  type EmbeddedHome,
  type EmbeddedHomeOptions,
  type EngineLogLine,
  EngineQueries,
  type ListenAddress,
  openCometbftHome,
  openEmbeddedHome,
  PruneOrders,
  refuseEngine,
  type UpkeepOptions,
} from '@ward/engine';
import type { Clock, Crypto, Height, LightBlock } from '@ward/protocol';
import type { Log, Metrics } from '@ward/server';
import { EngineLog } from './engine-log.ts';
import { refuse } from './errors.ts';
import type { NodeHome, Peering } from './home/node-home.ts';
import { openPredecessor } from './home/predecessor.ts';
import { endStateSync, loadStateSync } from './home/state-sync.ts';
import type { NodeLimits } from './limits.ts';
import { measureEngine } from './telemetry/measure-engine.ts';
import { openTransactionIndex } from './transactions/open-transaction-index.ts';
import type { TransactionIndex } from './transactions/transaction-index.ts';

export interface OpenLedgerOptions {
  /** Folder of the node. */
  readonly home: string;
  readonly files: NodeHome;
  readonly ingress?: ListenAddress;
  readonly workers?: number;
  readonly limits: Pick<NodeLimits, 'keptBlocks' | 'snapshotBlocks'>;
  /** Where nodes that join ask for headers; nowhere unless told. */
  readonly lightListen?: string;
  /** Of this software. */
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** A node's ledger as it runs, whatever orders its transactions. */
export interface OpenLedger
  extends Pick<EmbeddedHome | CometbftHome, 'machine' | 'addresses' | 'stop'> {
  readonly archive: ChainArchive;
  readonly engine: ConsensusEngine;
  readonly queries: EngineQueries;
  /** Resolves with the next block: a node that has no others makes it now. */
  nextBlock(): Promise<LightBlock>;
  /**
   * Drops blocks in the next moment when nothing else waits.
   *
   * @returns Height of the oldest block that is kept.
   */
  prune(keptBlocks: number): Promise<Height>;
  /**
   * @returns Height of the snapshot.
   * @throws WardError `NODE_WITHOUT_PEERS`, and what making it refuses.
   */
  makeSnapshot(): Promise<Height>;
}

/**
 * The engine over the home's files, with the index of its transactions: embedded for a node that
 * has no peering, else CometBFT.
 */
export async function openLedger(options: OpenLedgerOptions): Promise<OpenLedger> {
  const { files, crypto, log, home } = options;
  const { genesis, organisation } = files;
  let index: TransactionIndex | undefined;
  const pruneOrders = new PruneOrders();
  const onPruned = (oldest: Height) => index?.dropBelow(oldest);
  const own = await openEngine(options, { onPruned, pruneOrders });
  const { engine, machine } = own;
  const before = openPredecessor(home, own, crypto);
  const { archive, promotion } = before;
  const path = join(home, 'transactions.db');
  const opened = openTransactionIndex({ path, engine, archive, crypto, log });
  index = opened;
  const queries = new EngineQueries({
    ...{ engine, machine, archive, genesis, organisation, crypto },
    software: `ward/${options.version}`,
    find: (id) => opened.find(id),
    promotion,
  });
  return {
    ...{ ...own, archive, queries },
    prune: (keptBlocks) => pruneOrders.order(keptBlocks),
    async stop() {
      await own.stop();
      await before.close();
      queries.close();
      opened.close();
    },
  };
}

type RunningEngine = Omit<OpenLedger, 'queries' | 'prune'>;

async function openEngine(
  options: OpenLedgerOptions,
  upkeep: Pick<UpkeepOptions, 'onPruned' | 'pruneOrders'>,
): Promise<RunningEngine> {
  const { home, files, clock, crypto, ingress, workers, limits } = options;
  const { genesis, validatorSeed, peering } = files;
  const { keptBlocks } = limits;
  const common = {
    ...{ home, genesis, validatorSeed, clock, crypto, ...upkeep },
    ...measureEngine(options.metrics),
    ...(keptBlocks === 0 ? {} : { retainedBlocks: keptBlocks }),
    ...(ingress === undefined ? {} : { listen: ingress }),
    ...(workers === undefined ? {} : { workers }),
  };
  return peering === null ? openAlone(common) : openAmongOthers(common, peering, options);
}

async function openAlone(options: EmbeddedHomeOptions): Promise<RunningEngine> {
  const own = await openEmbeddedHome(options);
  const makeSnapshot = () => Promise.reject(refuse('NODE_WITHOUT_PEERS'));
  return { ...own, nextBlock: () => own.engine.makeBlock(), makeSnapshot };
}

async function openAmongOthers(
  options: Omit<CometbftHomeOptions, 'nodeSeed' | 'peerAddress'>,
  { nodeSeed, address: peerAddress, peers }: Peering,
  { log, limits, lightListen }: Pick<OpenLedgerOptions, 'log' | 'limits' | 'lightListen'>,
): Promise<RunningEngine> {
  const { home } = options;
  const stateSync = await loadStateSync(home);
  const lines = new EngineLog(home, log);
  const onLog = (line: EngineLogLine) => lines.write(line);
  try {
    const own = await openCometbftHome({
      ...{ ...options, nodeSeed, peerAddress, peers, onLog },
      snapshotEveryBlocks: limits.snapshotBlocks,
      ...(lightListen === undefined ? {} : { lightAddress: lightListen }),
      ...(stateSync === undefined ? {} : { stateSync }),
    });
    endStateSync(home);
    const stop = () => own.stop().finally(() => lines.close());
    const makeSnapshot = () => snapshotOf(own);
    return { ...own, stop, nextBlock: () => nextBlockOf(own.engine), makeSnapshot };
  } catch (error) {
    lines.close();
    throw error;
  }
}

async function snapshotOf({ engine }: CometbftHome): Promise<Height> {
  const height = await engine.makeSnapshot();
  if (height === undefined) throw refuseEngine('ENGINE_STOPPED');
  return height;
}

function nextBlockOf(engine: ConsensusEngine): Promise<LightBlock> {
  return new Promise((resolve) => {
    const end = engine.onBlock((block) => {
      end();
      resolve(block);
    });
  });
}
