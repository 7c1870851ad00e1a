import type { ListenAddress, WorkerAddresses } from '@ward/engine';
import { type Clock, type Crypto, type LightBlock, type Random, word } from '@ward/protocol';
import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import {
  type ListenOptions,
  type Log,
  Metrics,
  type OpsServer,
  type ServerLimits,
  silentLog,
  startOpsServer,
} from '@ward/server';
import { checkTakenOver } from './backup/restored-mark.ts';
import { loadNodeHome, type NodeHome } from './home/node-home.ts';
import { NODE_LIMITS, type NodeLimits } from './limits.ts';
import { startNodeServer } from './node-server.ts';
import { openLedger } from './open-ledger.ts';
import { takeOrders } from './orders/node-orders.ts';
import { Readiness } from './readiness.ts';
import { VERSION } from './version.ts';

export interface NodeOptions {
  /** Folder that `nodeInit` made. */
  readonly home: string;
  /** Where the HTTP API listens; any free port of this machine unless told. */
  readonly listen?: ListenOptions;
  /** Where the operator's door listens; any free port of this machine unless told. */
  readonly opsListen?: { readonly host: string; readonly port: number };
  /** Sockets for services, to submit transactions as frames; none unless told. */
  readonly ingress?: ListenAddress;
  /** Where nodes that join ask a node with peers for headers, as `127.0.0.1:26657`. */
  readonly lightListen?: string;
  /** Threads that verify signatures; by the number of cores unless told. */
  readonly workers?: number;
  readonly limits?: Partial<NodeLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  readonly crypto?: Crypto;
  readonly random?: Random;
}

/** A node that runs. */
export interface WardNode {
  readonly origin: string;
  readonly opsOrigin: string;
  /** Where each thread takes frames. */
  readonly addresses: readonly WorkerAddresses[];
  /** Resolves with the reason when the engine had to stop by itself: start the process anew. */
  readonly halted: Promise<Error>;
  /** Resolves with the next block: a node that has no others makes it now. */
  nextBlock(): Promise<LightBlock>;
  /** Closes the doors, answers what is in work, finishes the last block, lets the home go. */
  close(): Promise<void>;
}

/**
 * Starts an organisation's node over its home. It is made to be killed: the next start recovers all
 * that was acknowledged.
 *
 * @throws WardError `HOME_MISSING`, `HOME_INVALID`, and what opening the home of its engine
 * refuses.
 * @example
 * const node = await createNode({ home: '/var/lib/ward', listen: { port: 8080 } });
 * console.log(node.origin);
 */
export async function createNode(options: NodeOptions): Promise<WardNode> {
  const { home, log = silentLog, clock = systemClock, metrics = new Metrics() } = options;
  const limits: NodeLimits = { ...NODE_LIMITS, ...options.limits };
  const crypto = options.crypto ?? (await loadCrypto());
  const files = await loadNodeHome(home);
  checkTakenOver(home);
  const readiness = new Readiness({ home, clock, limits });
  const { checks } = readiness;
  // First: whoever watches the process sees that it recovers.
  const own = { server: word('node'), version: VERSION, home };
  const ops = await startOpsServer({ ...options.opsListen, ...own, metrics, checks, log });
  try {
    const common = { ...options, log, clock, metrics, crypto, limits };
    return await runNode({ ...common, files, readiness, ops });
  } catch (error) {
    await ops.close();
    throw error;
  }
}

interface RunOptions extends NodeOptions {
  readonly files: NodeHome;
  readonly readiness: Readiness;
  readonly ops: OpsServer;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly limits: NodeLimits;
}

async function runNode(options: RunOptions): Promise<WardNode> {
  const { files, readiness, ops, log } = options;
  const ledger = await openLedger({ ...options, version: VERSION });
  const { engine } = ledger;
  readiness.running(engine);
  const { random = systemRandom, crypto } = options;
  const { organisation, serviceSeed } = files;
  try {
    const server = await startNodeServer({
      ...{ ...options, organisation, ledger, random, version: VERSION },
      service: crypto.ed25519.keyPair(serviceSeed),
      validator: crypto.ed25519.keyPair(files.validatorSeed).publicKey,
    });
    const endOrders = await takeOrders(options.home, ledger, log);
    log.info(word('node-started'), { height: engine.newest?.header.height ?? 0 });
    const close = async () => {
      ops.stopReady();
      await endOrders();
      await server.close();
      await ledger.stop();
      await ops.close();
    };
    let closing: Promise<void> | undefined;
    return {
      origin: server.origin,
      opsOrigin: ops.origin,
      addresses: ledger.addresses,
      halted: engine.halted,
      nextBlock: () => ledger.nextBlock(),
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await ledger.stop();
    throw error;
  }
}
