import { join } from 'node:path';
import type { NetworkFile } from '@ward/ledger/schema';
import {
  type Clock,
  type Crypto,
  type Ed25519KeyPair,
  type Transport,
  WardError,
  word,
} from '@ward/protocol';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { HomeLock } from '@ward/protocol/home-lock';
import { LedgerFollower } from '../ledger/ledger-follower.ts';
import { startOpsServer } from '../ops-server.ts';
import { OpenParts } from '../process/open-parts.ts';
import { type ListenOptions, startServer } from '../start-server.ts';
import { type Log, silentLog } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { codeWord, failureWord, placeWord } from '../telemetry/public-value.ts';
import { WitnessKeeper, witnessFiles } from './witness-keeper.ts';

/** Clients want a word that is at most a minute old. */
const COSIGN_MS = 2000;
const BLOCK_AGE_SECONDS_MAX = 60;
/** A witness belongs to no organisation of the ledger, and no door of it asks who calls. */
const NOBODY = new Uint8Array(16);

export interface WitnessServerOptions {
  /** Folder of this witness. */
  readonly home: string;
  readonly name: string;
  /** Signs its notes. */
  readonly keyPair: Ed25519KeyPair;
  readonly networkFile: NetworkFile;
  /** The way to a server by its origin: HTTP in the product. */
  readonly connect: (origin: string) => Transport;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly listen?: ListenOptions;
  /** Where operators look; none when left out. */
  readonly ops?: { readonly host?: string; readonly port?: number };
  /** How often it looks for a newer head. */
  readonly everyMs?: number;
}

/** A witness that runs. */
export interface WitnessServer {
  readonly origin: string;
  readonly opsOrigin?: string;
  /** The way to it without a socket. */
  readonly transport: Transport;
  /** Ends in order: no new requests, those in work, then its home. */
  close(): Promise<void>;
}

/**
 * Starts a witness: it follows a ledger as any client does, and cosigns the heads that lead to one
 * another. Once the ledger shows it two faces it keeps what proves it, and cosigns nothing more.
 *
 * @throws WardError `HOME_LOCKED`, `LISTEN_REFUSED`, `STORE_FULL`.
 * @example
 * const witness = await createWitness({ home, name, keyPair, networkFile, connect, … });
 */
export async function createWitness(options: WitnessServerOptions): Promise<WitnessServer> {
  const opened = new OpenParts();
  try {
    return await openWitness(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openWitness(
  options: WitnessServerOptions,
  opened: OpenParts,
): Promise<WitnessServer> {
  const { home, networkFile, crypto, clock, listen } = options;
  const { log = silentLog, metrics = new Metrics() } = options;
  const { network } = networkFile;
  const lock = HomeLock.acquire(home);
  opened.add({ close: async () => lock.release() });
  const keeper = await openKeeper({ ...options, log, metrics }, opened);
  const server = opened.add(
    await startServer({
      ...{ name: word('witness'), version: '0.1.0', organisation: NOBODY },
      ...{ realm: { network, crypto }, clock, log, metrics, doors: keeper.doors(), members: null },
      ...(listen === undefined ? {} : { listen }),
    }),
  );
  const checks = [
    { name: word('ledger'), isReady: () => keeper.ageSeconds <= BLOCK_AGE_SECONDS_MAX },
    { name: word('one-ledger'), isReady: () => keeper.witness.alarm === undefined },
  ];
  const ops =
    options.ops === undefined
      ? undefined
      : await startOpsServer({
          ...{ ...options.ops, server: word('witness'), version: word('0.1.0') },
          ...{ home, metrics, log, checks },
        });
  return {
    origin: server.origin,
    ...(ops === undefined ? {} : { opsOrigin: ops.origin }),
    transport: server.transport,
    async close() {
      ops?.stopReady();
      await opened.close();
      await ops?.close();
    },
  };
}

type KeeperOptions = WitnessServerOptions & { readonly log: Log; readonly metrics: Metrics };

/** The witness over its light client, at work until it is closed. */
async function openKeeper(options: KeeperOptions, opened: OpenParts): Promise<Keeper> {
  const { home, name, keyPair, networkFile, connect, clock, crypto } = options;
  const { network, nodes } = networkFile;
  const follower = opened.add(
    await LedgerFollower.start({
      ...{ networkFile, connect, clock, crypto, everyMs: COSIGN_MS, witnesses: 'none' },
      ...{ log: options.log, metrics: options.metrics },
      trustFile: join(home, 'trusted-block'),
    }),
  );
  const store = witnessFiles(join(home, 'heads'), { crypto });
  const own = { name, keyPair, store, clock, crypto };
  const witness = new WitnessKeeper({
    ...{ ...own, ledger: follower.ledger, network },
    ways: nodes.map((origin) => connect(origin)),
    evidence: new EvidenceFolder(home, crypto),
  });
  const work = opened.add(new Work(witness, options));
  await work.once();
  work.plan();
  return {
    witness,
    doors: () => witness.doors(),
    get ageSeconds() {
      return follower.ageSeconds;
    },
  };
}

interface Keeper {
  readonly witness: WitnessKeeper;
  readonly ageSeconds: number;
  doors(): ReturnType<WitnessKeeper['doors']>;
}

/** Cosigns the newest head now and then; what keeps it from that is told, and tried again. */
class Work {
  readonly #witness: WitnessKeeper;
  readonly #log: Log;
  readonly #everyMs: number;
  readonly #refused: ReturnType<typeof refusalsOf>;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(witness: WitnessKeeper, { log, metrics, everyMs = COSIGN_MS }: KeeperOptions) {
    this.#witness = witness;
    this.#log = log;
    this.#everyMs = everyMs;
    this.#refused = refusalsOf(metrics);
    metrics.gauge('witness_height', () => witness.height);
  }

  async once(): Promise<void> {
    try {
      await this.#witness.cosignNewest();
    } catch (error) {
      if (!(error instanceof WardError)) {
        const fields = { kind: failureWord(error), place: placeWord(error) };
        this.#log.error(word('cosigning-failed'), fields);
        return;
      }
      this.#refused.add({ code: codeWord(error) });
      const level = this.#witness.alarm === undefined ? 'warn' : 'error';
      this.#log[level](word('head-not-cosigned'), { code: codeWord(error) });
    }
  }

  plan(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#round = this.once().finally(() => this.plan());
    }, this.#everyMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
  }
}

function refusalsOf(metrics: Metrics) {
  return metrics.counter('witness_refusals_total');
}
