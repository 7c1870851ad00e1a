import {
  askInTurn,
  type BlockHeader,
  type Clock,
  type Crypto,
  callEndpoint,
  type ForkEvidence,
  type Height,
  hasCode,
  type LightBlock,
  type LightClientRules,
  refuseProtocol,
  type Seconds,
  type SplitEvidence,
  type StateClaim,
  type Transport,
  type TrustedBlock,
  type TrustRoot,
  verifyState,
  verifyTransaction,
  WardError,
  type Within,
} from '@ward/protocol';
import { proveState, type Receipt } from './api.ts';
import type { Collection } from './define-state.ts';
import { refuse } from './errors.ts';
import { type Crossing, FollowedChain, fetchBlock, type OnCrossed } from './followed-chain.ts';
import { LEDGER_LIMITS } from './limits.ts';
import type { NetworkFile } from './network-file.ts';
import { isAlarm, isBusy, isLie, isPassing } from './node-failures.ts';
import { ProvedState } from './proved-state.ts';
import { askWitnesses, type KnownWitnesses } from './witness-check.ts';

/** Clients judge by nothing older; see keys-and-access, "block at least every 10 s". */
export const HEAD_AGE_SECONDS_MAX = 60;
/** How often a second node is asked what it takes for the newest block. */
const COMPARE_EVERY_SECONDS = 10;
/** How often all nodes are asked while some are busy, and how long the first wait is. */
const ROUNDS_MAX = 4;
const BUSY_PAUSE_MS = 250;
/** How long the first answer waits until a second node was compared. */
const COMPARED_MS_MAX = 2000;

/**
 * Told of a fork.
 *
 * @param evidence Undefined where what is known proves it to nobody else.
 */
export type OnFork = (
  node: string,
  evidence: ForkEvidence | undefined,
  at: { readonly chain: string; readonly height: Height },
) => void;

export interface VerifiedLedgerOptions {
  readonly networkFile: NetworkFile;
  /** Ways to the nodes, those of different organisations first. */
  readonly nodes: readonly Transport[];
  /** Block that was believed last time; without it the network file is where trust begins. */
  readonly trusted?: TrustedBlock;
  /** A node gave an answer that does not verify. */
  readonly onLie?: (node: string, error: WardError) => void;
  /** Where trust begins, from an invitation or a QR code, instead of what the network file says. */
  readonly root?: TrustRoot;
  /** Two signed headers contradict each other: told once, with what proves it to others. */
  readonly onFork?: OnFork;
  /** Parties that have to confirm what the nodes show; nobody has to where it is left out. */
  readonly witnesses?: KnownWitnesses | undefined;
  /** A witness was shown another ledger: told with what proves it to others. */
  readonly onSplit?: (evidence: SplitEvidence) => void;
  /** Why nothing of this ledger is to be believed, where that was found before. */
  readonly alarm?: WardError | undefined;
  /** The way to a node by its origin, for those that a crossing brings. */
  readonly reach?: (origin: string) => Transport;
  /** Told once when the ledger was promoted, and is believed as the chain that goes on. */
  readonly onCrossed?: OnCrossed | undefined;
  /** Waits before nodes that are busy are asked again; without it they are asked once. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Bounds the wait for nodes and witnesses that never answer; without it they are waited for. */
  readonly within?: Within;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/**
 * The ledger as one party may believe it: a light client over nodes that may all lie. Nothing is
 * answered that is not proved under a header that the validators signed.
 */
export class VerifiedLedger {
  readonly #options: VerifiedLedgerOptions;
  readonly #followed: FollowedChain;
  #nodes: readonly Transport[];
  #forked: WardError | undefined;
  /** The first comparison with a second node, which the first answer waits for. */
  #firstCompared: Promise<unknown> | undefined;
  #comparedAt: Seconds = 0;
  #comparisons = 0;
  /** Nodes that said nothing when they were asked last: others are asked before them. */
  readonly #silent = new Set<Transport>();
  #witnessed: Promise<void> | undefined;
  #witnessedAt: Seconds = 0;

  constructor(options: VerifiedLedgerOptions) {
    const { networkFile, trusted, root, clock, crypto } = options;
    this.#options = options;
    this.#forked = options.alarm;
    this.#nodes = options.nodes;
    this.#followed = new FollowedChain({
      ...{ networkFile, trusted, root, clock, crypto, nodes: () => this.#nodes },
      onCrossed: (crossing) => this.#settle(crossing),
    });
  }

  /** What this ledger is believed by: another file once it has crossed over. */
  get networkFile(): NetworkFile {
    return this.#followed.networkFile;
  }

  /** By which blocks are believed. */
  get rules(): LightClientRules {
    return this.#followed.rules;
  }

  /** What to keep, so that next time no older ledger can be shown. */
  get trusted(): TrustedBlock | undefined {
    return this.#followed.newest;
  }

  /**
   * What proves a fork to everybody who believes its common block; undefined while none was seen.
   * After one this ledger answers nothing any more.
   */
  get fork(): ForkEvidence | undefined {
    return this.#followed.fork;
  }

  /** Why nothing of this ledger is believed any more; undefined as long as it is. */
  get alarm(): WardError | undefined {
    return this.#forked;
  }

  /**
   * Proves keys at the newest state.
   *
   * @param keys At most 1,000 raw state keys; more are asked in pages, each under its own header.
   * @throws WardError `LEDGER_STALE`, `PROOF_INVALID`, `HEADER_*`, `SERVER_UNREACHABLE`.
   */
  async prove(keys: readonly Uint8Array[]): Promise<ProvedState> {
    if (keys.length > LEDGER_LIMITS.provedKeysMax)
      throw new Error('more keys than one request has');
    return this.#ask(async (node) => {
      const floor = (await this.#followed.trusted(node)).newest.header.height;
      const request = { params: {}, query: {}, body: { keys, height: null } };
      const answer = await callEndpoint(proveState, request, node);
      const { header } = await this.#followed.believe(answer.block, { floor, node });
      this.#checkAge(header);
      await this.#compare(node);
      await this.#askWitnesses(node);
      if (answer.items.length !== keys.length) {
        throw refuseProtocol('PROOF_INVALID', { height: header.height });
      }
      const claims = answer.items.map(({ value, proof }, i) => ({ key: keys[i]!, value, proof }));
      for (const claim of claims) this.#checkClaim(claim, header);
      return new ProvedState(header, claims);
    });
  }

  /** One record, or null where the ledger proves that there is none. */
  async read<V>(collection: Collection<V>, ...parts: readonly Uint8Array[]): Promise<V | null> {
    const key = collection.key(...parts);
    return (await this.prove([key])).record(collection.value, key);
  }

  /** The newest block that the nodes have, once it is verified: the higher one of two nodes. */
  async head(): Promise<TrustedBlock> {
    return this.#ask(async (node) => {
      const floor = (await this.#followed.trusted(node)).newest.header.height;
      const block = await fetchBlock(0, node);
      const believed = await this.#followed.believe(block, { floor, node });
      this.#checkAge(believed.header);
      await this.#compare(node);
      await this.#askWitnesses(node);
      // Asked again: it may be of another chain than at the beginning.
      return (await this.#followed.trusted(node)).newest;
    });
  }

  /** Believes a light block that came by a stream: its header, its commit and its validators. */
  async follow(block: LightBlock): Promise<TrustedBlock> {
    return this.#ask((node) => this.#followed.believeWhole(block, node));
  }

  /**
   * Verifies that a block took a transaction, and what came of it.
   *
   * @throws WardError `PROOF_INVALID`, `HEADER_*`.
   */
  async verifyReceipt(receipt: Receipt): Promise<void> {
    await this.#ask(async (node) => {
      const { header } = await this.#followed.believeWhole(receipt.block, node);
      const next = await this.#followed.believeWhole(receipt.next, node);
      const { envelopeDigest: digest, result, proof } = receipt;
      const claim = { digest, result, proof };
      if (!verifyTransaction(claim, { header, next: next.header }, this.#options.crypto)) {
        throw refuseProtocol('PROOF_INVALID', { height: header.height });
      }
    });
  }

  /** From now on the nodes of the chain that goes on are asked. */
  #settle(crossing: Crossing): void {
    const { reach, onCrossed } = this.#options;
    const { nodes } = crossing.networkFile;
    if (reach !== undefined) this.#nodes = nodes.map((origin) => reach(origin));
    onCrossed?.(crossing);
  }

  #checkAge({ time, height }: BlockHeader): void {
    const ageSeconds = this.#followed.now() - time.seconds;
    if (ageSeconds > HEAD_AGE_SECONDS_MAX) throw refuse('LEDGER_STALE', { height, ageSeconds });
  }

  #checkClaim(claim: StateClaim, header: BlockHeader): void {
    if (!verifyState(claim, header.appHash, this.#options.crypto)) {
      throw refuseProtocol('PROOF_INVALID', { height: header.height });
    }
  }

  /**
   * Tries the nodes in turn: one that lies is reported, and passed over as one that is away, behind
   * or busy. Where none answers and one is busy, all are asked again a little later.
   */
  async #ask<T>(question: (node: Transport) => Promise<T>): Promise<T> {
    const { pause, within = (promise) => promise } = this.#options;
    for (let round = 1; ; round++) {
      const failures: unknown[] = [];
      if (this.#forked !== undefined) throw this.#forked;
      const ask = async (node: Transport) => {
        const answer = await question(node);
        this.#silent.delete(node);
        return answer;
      };
      const onFailure = (node: Transport, error: unknown) => {
        failures.push(error);
        if (isAlarm(error)) throw this.#alarm(node, error);
        if (isLie(error)) this.#options.onLie?.(node.name, error);
        else if (!isPassing(error)) throw error;
      };
      const onSilence = (node: Transport) => this.#silent.add(node);
      const ways = [...this.#nodes].sort((a, b) => this.#isSilent(a) - this.#isSilent(b));
      const [answered] = await askInTurn(async (node) => ({ answer: await ask(node) }), {
        ways,
        within,
        onFailure,
        onSilence,
      });
      if (answered !== undefined) {
        if (this.#forked !== undefined) throw this.#forked;
        return answered.answer;
      }
      const busy = failures.find(isBusy);
      if (busy === undefined) throw failures.at(-1);
      if (pause === undefined || round === ROUNDS_MAX) throw busy;
      await pause(BUSY_PAUSE_MS * 2 ** (round - 1));
    }
  }

  #isSilent(node: Transport): number {
    return Number(this.#silent.has(node));
  }

  /** A fork is no node's lie: who signed twice did it, and what is true cannot be told any more. */
  #alarm(node: Transport, error: WardError): WardError {
    if (this.#forked === undefined) {
      this.#forked = error;
      if (hasCode(error, 'HEADER_FORK')) {
        const at = { chain: this.rules.chain, height: Number(error.data.height) };
        this.#options.onFork?.(node.name, this.fork, at);
      }
    }
    return this.#forked;
  }

  /**
   * Has a second node's newest block looked at: the first time before anything is answered, then
   * every few seconds beside the answers, so that a silent node delays none.
   */
  async #compare(asked: Transport): Promise<void> {
    const others = this.#nodes.filter((node) => node !== asked);
    const now = this.#followed.now();
    if (others.length === 0) return;
    if (this.#firstCompared === undefined || now - this.#comparedAt >= COMPARE_EVERY_SECONDS) {
      this.#comparedAt = now;
      const at = this.#comparisons++ % others.length;
      const ways = [...others.slice(at), ...others.slice(0, at)];
      const { within = (promise) => promise } = this.#options;
      const compare = (other: Transport) => this.#compareWith(other, asked);
      const compared = askInTurn(compare, { ways, within, onFailure: () => undefined });
      this.#firstCompared ??= within(compared, COMPARED_MS_MAX);
    }
    await this.#firstCompared;
  }

  /** Every few seconds; that they confirmed counts until then. */
  async #askWitnesses(node: Transport): Promise<void> {
    const { witnesses, crypto, within, onSplit = () => {} } = this.#options;
    if (witnesses === undefined) return;
    const now = this.#followed.now();
    if (this.#witnessed === undefined || now - this.#witnessedAt >= COMPARE_EVERY_SECONDS) {
      this.#witnessedAt = now;
      const { network, genesis } = this.networkFile;
      const blockAt = (height: Height) => this.#blockAt(height, node);
      const who = { witnesses, network, chain: genesis.chain, crypto, within };
      const asked = askWitnesses({ now, blockAt, onSplit }, who);
      this.#witnessed = asked;
      // What they did not confirm is asked again: a node may only have been behind.
      asked.catch(() => {
        if (this.#witnessed === asked) this.#witnessed = undefined;
      });
    }
    await this.#witnessed;
  }

  /** A block that is believed; undefined where no node has it, or all lie about it. */
  async #blockAt(height: Height, asked: Transport): Promise<LightBlock | undefined> {
    const { within = (promise) => promise } = this.#options;
    const ways = [asked, ...this.#nodes.filter((node) => node !== asked)];
    const ask = async (node: Transport) => {
      const block = await fetchBlock(height, node);
      await this.#followed.believe(block, { floor: height, node });
      return block;
    };
    const onFailure = (_node: Transport, error: unknown) => {
      if (isAlarm(error) || !(error instanceof WardError)) throw error;
    };
    const [block] = await askInTurn(ask, { ways, within, onFailure });
    return block;
  }

  /** What it finds is a fork, a lie of the other node, or nothing; it throws where that is away. */
  async #compareWith(other: Transport, asked: Transport): Promise<void> {
    try {
      const chain = await this.#followed.trusted(asked);
      const known = chain.newest.header.height;
      const block = await fetchBlock(0, other);
      const { height } = block.header;
      await this.#followed.believe(block, { floor: 0, node: other });
      this.#silent.delete(other);
      if (height === known) return;
      // Both have to have the lower one of their newest blocks.
      const behind = height < known ? asked : other;
      const lower = await fetchBlock(Math.min(height, known), behind);
      await this.#followed.believe(lower, { floor: 0, node: behind });
    } catch (error) {
      if (isAlarm(error)) this.#alarm(other, error);
      else if (!isLie(error)) throw error;
      else if (!hasCode(error, 'HEADER_BEHIND')) this.#options.onLie?.(other.name, error);
    }
  }
}
