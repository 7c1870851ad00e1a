import { dirname } from 'node:path';
import {
  type Crossing,
  getLightBlock,
  type KnownWitnesses,
  knownWitnesses,
  NetworkFile,
  VerifiedLedger,
} from '@ward/ledger/schema';
import {
  type Clock,
  type Crypto,
  callEndpoint,
  type Height,
  type LedgerEvidence,
  MS_PER_SECOND,
  type Transport,
  type TrustedBlock,
  WardError,
  word,
} from '@ward/protocol';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { promptTransport, READ_SILENCE_MS_MAX } from '@ward/protocol/prompt-transport';
import { pause, within } from '@ward/protocol/timing';
import { HomeFolder } from '../storage/home-folder.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { codeWord } from '../telemetry/public-value.ts';
import { TrustedBlockFile } from './trusted-block-file.ts';

export interface LedgerFollowerOptions {
  readonly networkFile: NetworkFile;
  /** The way to a server by its origin. */
  readonly connect: (origin: string) => Transport;
  /**
   * File in the server's home that keeps the newest block over restarts; evidence against the
   * ledger is kept beside it. Null: all is forgotten.
   */
  readonly trustFile: string | null;
  /**
   * What the witnesses of the network file are for: they have to confirm what the nodes show; or
   * it is enough that none of them saw another ledger; or they are not asked.
   */
  readonly witnesses?: 'confirm' | 'alarm' | 'none';
  /** How often the nodes are asked for their newest block. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Log;
  readonly metrics: Metrics;
}

const SAVE_EVERY_MS = 30_000;
/** How often nodes are asked whether they have more than before. */
const ASK_AGAIN_MS = 100;

/**
 * A server's own view of the ledger: it asks every node of the network file for its newest block,
 * believes those that verify, and remembers the highest. From then on no node can show it an older
 * state.
 *
 * It asks instead of reading the stream of blocks: under load there are many blocks a second, each
 * costs two signatures, and an opening proves its facts under the newest one anyway.
 */
export class LedgerFollower {
  readonly ledger: VerifiedLedger;
  readonly #options: LedgerFollowerOptions;
  #nodes: readonly Transport[];
  /** Of the chain that goes on, until it is kept. */
  #crossed: Crossing | undefined;
  readonly #file: TrustedBlockFile | null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  /** A round out of turn, for all that want one. */
  #asking: Promise<void> | undefined;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #savedHeight: Height = 0;
  /** Own clock minus the time of the newest block when it came. */
  #skewSeconds: number | undefined;
  #isClosed = false;

  private constructor(
    options: LedgerFollowerOptions,
    file: TrustedBlockFile | null,
    trusted: TrustedBlock | undefined,
  ) {
    const { networkFile, connect, trustFile, clock, crypto, log, metrics } = options;
    this.#options = options;
    this.#file = file;
    const reach = (origin: string) => promptTransport(connect(origin), READ_SILENCE_MS_MAX);
    this.#nodes = networkFile.nodes.map(reach);
    const lies = metrics.counter('node_lies_total');
    const { genesis, network } = networkFile;
    const evidence = trustFile === null ? null : new EvidenceFolder(dirname(trustFile), crypto);
    const keep = (chain: string, shown: LedgerEvidence['shown']) =>
      evidence?.keep({ network, chain, shown });
    this.ledger = new VerifiedLedger({
      ...{ networkFile, nodes: this.#nodes, reach, clock, crypto, within },
      onCrossed: (crossing) => {
        log.warn(word('ledger-promoted'), { height: crossing.height });
        this.#crossed = crossing;
        this.#nodes = crossing.networkFile.nodes.map(reach);
      },
      ...(trusted === undefined ? {} : { trusted }),
      ...{
        witnesses: witnessesOf(options),
        alarm: evidence?.alarm({ network, chain: genesis.chain }),
      },
      onLie: (_node, error) => {
        lies.add({ code: codeWord(error) });
        log.warn(word('node-lied'), { code: codeWord(error) });
      },
      onFork: (_node, fork, { height, chain }) => {
        log.error(word('ledger-forked'), { height });
        keep(chain, fork === undefined ? { kind: 'unproved', height } : { kind: 'fork', fork });
      },
      onSplit: (split) => {
        log.error(word('ledger-split'), { height: split.block.header.height });
        keep(split.block.header.chain, { kind: 'split', split });
      },
    });
    metrics.gauge('ledger_forked', () => (this.ledger.alarm === undefined ? 0 : 1));
    metrics.gauge('ledger_height', () => this.height);
    metrics.gauge('ledger_age_seconds', () => Math.max(0, this.ageSeconds));
    metrics.gauge('clock_skew_seconds', () => this.#skewSeconds);
  }

  /** Loads what was believed last time and begins to follow. */
  static async start(options: LedgerFollowerOptions): Promise<LedgerFollower> {
    const { trustFile, crypto } = options;
    const file = trustFile === null ? null : new TrustedBlockFile(trustFile, crypto);
    const follower = new LedgerFollower(options, file, await file?.load());
    await follower.#ask();
    follower.#plan();
    return follower;
  }

  /** Newest height that is believed; 0 before the first. */
  get height(): Height {
    return this.ledger.trusted?.header.height ?? 0;
  }

  /** Age of the newest block that is believed; Infinity before the first. */
  get ageSeconds(): number {
    const time = this.ledger.trusted?.header.time.seconds;
    const now = this.#options.clock.nowMs() / MS_PER_SECOND;
    return time === undefined ? Number.POSITIVE_INFINITY : now - time;
  }

  /**
   * Whether the ledger has a block above one, as any of several nodes shows it; asked until a time
   * has passed. What one node does not have yet, another may have. With one node there is nobody
   * else to ask.
   */
  async isBeyond(height: Height, waitMs: number): Promise<boolean> {
    const untilMs = performance.now() + waitMs;
    while (this.height <= height && this.#nodes.length > 1) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return false;
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      await within(this.#asking, Math.min(leftMs, ASK_AGAIN_MS));
      if (this.height <= height) await pause(Math.min(leftMs, ASK_AGAIN_MS));
    }
    return this.height > height;
  }

  #plan(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#ask().finally(() => this.#plan());
    }, this.#options.everyMs);
    this.#timer.unref();
  }

  /**
   * Asks every node; one that is down, lies or is silent does not keep the others from being
   * believed, and a round ends though one of them never answers.
   */
  async #ask(): Promise<void> {
    const request = { params: { height: 0 }, query: {}, body: null };
    await Promise.all(
      this.#nodes.map(async (node) => {
        try {
          const block = await callEndpoint(getLightBlock, request, node);
          if (block.header.height <= this.height) return;
          await this.ledger.follow(block);
          this.#skewSeconds = this.ageSeconds;
        } catch (error) {
          if (!(error instanceof WardError)) throw error;
          this.#options.log.debug(word('node-not-followed'), { code: codeWord(error) });
        }
      }),
    );
    const isDue = performance.now() - this.#savedAtMs > SAVE_EVERY_MS;
    if (isDue || this.#crossed !== undefined) await this.#save();
  }

  async #save(): Promise<void> {
    const { trusted } = this.ledger;
    if (trusted === undefined || trusted.header.height <= this.#savedHeight) return;
    this.#savedAtMs = performance.now();
    this.#savedHeight = trusted.header.height;
    await this.#saveCrossing();
    await this.#file?.save(trusted);
  }

  /** The home goes by the chain that goes on; its old network file stays beside the new one. */
  async #saveCrossing(): Promise<void> {
    const { trustFile } = this.#options;
    const crossed = this.#crossed;
    this.#crossed = undefined;
    if (crossed === undefined || trustFile === null) return;
    const home = new HomeFolder(dirname(trustFile));
    const old = `network.until-${crossed.height}.json`;
    if (!home.has(old)) await home.writeJson(old, NetworkFile, this.#options.networkFile);
    await home.writeJson('network.json', NetworkFile, crossed.networkFile);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
    await this.#asking;
    await this.#save();
  }
}

function witnessesOf(options: LedgerFollowerOptions): KnownWitnesses | undefined {
  const { networkFile, witnesses = 'confirm' } = options;
  const known = knownWitnesses(networkFile.witnesses, options);
  if (known === undefined || witnesses === 'none') return undefined;
  if (witnesses === 'confirm') return known;
  return { ...known, policy: { ...known.policy, quorum: 0 } };
}
