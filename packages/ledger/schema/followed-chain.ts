import {
  believeAcross,
  type Clock,
  type Crypto,
  callEndpoint,
  equalBytes,
  type ForkEvidence,
  type Height,
  headerHash,
  type LightBlock,
  type LightClientRules,
  MS_PER_SECOND,
  refuseProtocol,
  type Seconds,
  type Transport,
  type TrustedBlock,
  TrustedChain,
  type TrustRoot,
  trustFirstBlock,
  verifyCommit,
  verifyEarlierBlock,
  WardError,
  word,
} from '@ward/protocol';
import { getLightBlock, getPromotion, type PromotionAnswer } from './api.ts';
import { checkPromotion } from './check-promotion.ts';
import { refuse } from './errors.ts';
import { HeaderLinks } from './header-links.ts';
import { crossedFile, firstHeightOf, type NetworkFile } from './network-file.ts';
import { isBusy } from './node-failures.ts';
import { planDigest, planOf } from './promotion.ts';

const CLOCK_DRIFT_SECONDS = 10;
type Predecessor = NonNullable<NetworkFile['genesis']['predecessor']>;

/** A client has gone over from a chain that was promoted to the one that goes on. */
export interface Crossing {
  /** The chain that ended, and the height of its last block. */
  readonly from: string;
  readonly height: Height;
  /** What takes the place of the old network file. */
  readonly networkFile: NetworkFile;
  /** The first block of the chain that goes on. */
  readonly trusted: TrustedBlock;
}

/** Told once of each crossing, before anything of the new chain is answered. */
export type OnCrossed = (crossing: Crossing) => void;

export interface FollowedChainOptions {
  readonly networkFile: NetworkFile;
  /** Block that was believed last time; it counts if it is of the network file's chain. */
  readonly trusted?: TrustedBlock | undefined;
  readonly root?: TrustRoot | undefined;
  readonly onCrossed?: OnCrossed | undefined;
  /** Ways to the nodes. */
  readonly nodes: () => readonly Transport[];
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/**
 * The chain that one client believes: from where its trust begins, and over the promotion of a
 * ledger to the chain that goes on. No node has to be trusted for it.
 */
export class FollowedChain {
  readonly #options: FollowedChainOptions;
  #networkFile: NetworkFile;
  #rules: LightClientRules;
  #chain: TrustedChain | undefined;
  /** The chain before, as its last block. */
  #past: TrustedChain | undefined;
  #links: HeaderLinks | undefined;

  constructor(options: FollowedChainOptions) {
    const { networkFile, trusted, root } = options;
    this.#options = options;
    this.#networkFile = networkFile;
    this.#rules = rulesOf(networkFile);
    const isRooted =
      root === undefined ||
      (equalBytes(root.network, networkFile.network) && root.chain === this.#rules.chain);
    if (!isRooted) throw refuseProtocol('HEADER_MISMATCH', { height: root.height });
    // One of another chain is left over from before this network file: that one says more.
    if (trusted?.header.chain === this.#rules.chain) this.#chain = this.#from(trusted);
  }

  /** Another one after a crossing. */
  get networkFile(): NetworkFile {
    return this.#networkFile;
  }

  /** By which blocks are believed. */
  get rules(): LightClientRules {
    return this.#rules;
  }

  get newest(): TrustedBlock | undefined {
    return this.#chain?.newest;
  }

  get fork(): ForkEvidence | undefined {
    return this.#chain?.fork;
  }

  now(): Seconds {
    return Math.floor(this.#options.clock.nowMs() / MS_PER_SECOND);
  }

  /** What is believed; begun where trust begins, if it was not yet. */
  async trusted(node: Transport): Promise<TrustedChain> {
    if (this.#chain !== undefined) return this.#chain;
    const { chain } = this.#rules;
    const first = await this.#firstBlock(node);
    if (this.#rules.chain === chain) this.#chain ??= this.#from(first);
    return this.#chain!;
  }

  /**
   * Believes a block, over blocks between where too few of the trusted validators signed it. Where
   * it is of another chain, that has to be the one that goes on, and the client crosses over.
   *
   * @throws WardError `HEADER_*`, `TRUST_EXPIRED`, `PROMOTION_INVALID`, `PROOF_INVALID`.
   */
  async believe(
    block: LightBlock,
    { floor, node }: { readonly floor: Height; readonly node: Transport },
  ): Promise<TrustedBlock> {
    if (block.header.chain !== this.#rules.chain) await this.#cross(block, node);
    return this.#believeIn(await this.trusted(node), block, { floor, node });
  }

  /**
   * Believes a block with the commit that it came with, for whoever hands it on: one of the chain
   * that goes on, or of the one before.
   */
  async believeWhole(block: LightBlock, node: Transport): Promise<TrustedBlock> {
    const { header } = block;
    const { predecessor } = this.#networkFile.genesis;
    if (header.chain === predecessor?.chain) {
      return this.#believePast(block, { chain: await this.#pastChain(predecessor), node });
    }
    const believed = await this.believe(block, { floor: header.height, node });
    // A header that is known may come with another commit.
    verifyCommit(block, this.#rules, this.#options.crypto);
    return believed;
  }

  #from(first: TrustedBlock, rules = this.#rules): TrustedChain {
    return new TrustedChain(first, rules, this.#options.crypto);
  }

  #believeIn(
    chain: TrustedChain,
    block: LightBlock,
    { floor, node }: { readonly floor: Height; readonly node: Transport },
  ): Promise<TrustedBlock> {
    const fetch = (height: Height) => fetchBlock(height, node);
    return believeAcross(chain, block, { floor, now: this.now(), fetch });
  }

  /** The block where trust begins: a root's, the network file's, or the first of the genesis. */
  async #firstBlock(node: Transport): Promise<TrustedBlock> {
    const { root, crypto } = this.#options;
    const { checkpoint, genesis } = this.#networkFile;
    const rules = this.#rules;
    if (root?.chain === rules.chain) {
      return trustFirstBlock(await fetchBlock(root.height, node), root, rules, crypto);
    }
    if (checkpoint === null) {
      const named = { validators: genesis.validators, height: firstHeightOf(genesis) };
      return trustFirstBlock(await fetchBlock(named.height, node), named, rules, crypto);
    }
    const { header } = checkpoint;
    const named = { height: header.height, hash: headerHash(header, crypto) };
    return trustFirstBlock(checkpoint, named, rules, crypto);
  }

  /**
   * Goes over to the chain that a node shows, if the believed one was promoted to it: by its own
   * last block, believed by its own rules, and the state in it. The validators of the new genesis
   * then have to have signed its first block.
   */
  async #cross(shown: LightBlock, node: Transport): Promise<void> {
    const { crypto, onCrossed } = this.#options;
    const file = this.#networkFile;
    const { chain: from } = this.#rules;
    const { height } = shown.header;
    if (shown.header.chain === file.genesis.predecessor?.chain) {
      const known = this.newest?.header.height ?? firstHeightOf(file.genesis);
      throw refuseProtocol('HEADER_BEHIND', { height, known });
    }
    const answer = await this.#askPromotion(height, node);
    const old = await this.#chainBefore(answer, node);
    const last = await this.#believeLast(old, answer, node);
    // It went over another way than this client did, or moved on behind its end: a second history.
    if (old !== this.#chain) throw this.#rivalOf(answer);
    const { genesis } = answer;
    const first = await fetchBlock(firstHeightOf(genesis), node);
    const networkFile = crossedFile(file, { genesis, first });
    const rules = rulesOf(networkFile);
    const named = { validators: genesis.validators, height: firstHeightOf(genesis) };
    const trusted = trustFirstBlock(first, named, rules, crypto);
    // Another question may have been faster; its answer was proved the same way.
    if (this.#rules.chain !== from) return;
    this.#past = this.#from(last, { ...rules, chain: from });
    this.#links = undefined;
    this.#networkFile = networkFile;
    this.#rules = rules;
    this.#chain = this.#from(trusted);
    onCrossed?.({ from, height: last.header.height, networkFile, trusted });
  }

  async #askPromotion(height: Height, node: Transport): Promise<PromotionAnswer> {
    try {
      return await callEndpoint(getPromotion, { params: {}, query: {}, body: null }, node);
    } catch (error) {
      if (!(error instanceof WardError) || isBusy(error)) throw error;
      throw refuseProtocol('HEADER_MISMATCH', { height });
    }
  }

  /** The chain that a promotion says it ended: the one that is believed, or the one before that. */
  #chainBefore({ genesis, last }: PromotionAnswer, node: Transport): Promise<TrustedChain> {
    const name = genesis.predecessor?.chain;
    const { predecessor } = this.#networkFile.genesis;
    if (name === this.#rules.chain) return this.trusted(node);
    if (predecessor !== null && name === predecessor.chain) return this.#pastChain(predecessor);
    throw refuseProtocol('HEADER_MISMATCH', { height: last.header.height });
  }

  /** The chain before, by its last block: whatever node gives it, the genesis names its hash. */
  async #pastChain(named: Predecessor): Promise<TrustedChain> {
    const { nodes, crypto } = this.#options;
    const { chain, height } = named;
    let failure: unknown = refuseProtocol('HEADER_MISMATCH', { height });
    for (const node of this.#past === undefined ? nodes() : []) {
      try {
        const { last } = await this.#askPromotion(height, node);
        const rules = { ...this.#rules, chain };
        this.#past ??= this.#from(trustFirstBlock(last, named, rules, crypto), rules);
        break;
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        failure = error;
      }
    }
    if (this.#past === undefined) throw failure;
    return this.#past;
  }

  /**
   * A block of the chain before: signed by the validators that its last block has; once that is
   * too old to judge by signatures, by the hashes from header to header.
   */
  async #believePast(
    block: LightBlock,
    { chain, node }: { readonly chain: TrustedChain; readonly node: Transport },
  ): Promise<TrustedBlock> {
    const { crypto } = this.#options;
    const { rules, oldest: trusted } = chain;
    const { header } = block;
    const { height } = header;
    const hash = headerHash(header, crypto);
    const { height: lastHeight, time } = trusted.header;
    if (height > lastHeight) throw refuseProtocol('HEADER_MISMATCH', { height });
    verifyCommit(block, rules, crypto);
    const now = this.now();
    if (time.seconds + rules.trustingPeriodSeconds <= now) {
      this.#links ??= new HeaderLinks(trusted, crypto);
      await this.#links.check(header, node);
    } else {
      verifyEarlierBlock({ trusted, block, now }, rules, crypto);
    }
    if (height === lastHeight && !equalBytes(hash, trusted.hash)) {
      throw refuseProtocol('HEADER_FORK', { height });
    }
    return { header, hash, nextValidators: block.nextValidators };
  }

  /**
   * Believes the last block of a chain and the promotion in it. Blocks that were believed at and
   * above it must be its empty continuation: the same block, then the same state.
   */
  async #believeLast(
    chain: TrustedChain,
    answer: PromotionAnswer,
    node: Transport,
  ): Promise<TrustedBlock> {
    const { crypto } = this.#options;
    const { last: block } = answer;
    const { height } = block.header;
    const { oldest } = chain;
    const last =
      height > oldest.header.height
        ? await this.#believeIn(chain, block, { floor: height, node })
        : verifyEarlierBlock({ trusted: oldest, block, now: this.now() }, chain.rules, crypto);
    const { network } = this.#networkFile;
    const from = { network, chain: chain.rules.chain, last: last.header };
    checkPromotion(answer, from, crypto);
    const isUnmoved = chain
      .knownFrom(height)
      .every(({ header, hash }) =>
        header.height === height
          ? equalBytes(hash, last.hash)
          : equalBytes(header.appHash, last.header.appHash),
      );
    if (!isUnmoved) throw refuseProtocol('HEADER_FORK', { height });
    return last;
  }

  /** A proved promotion of the chain before: to another one than is believed, it is a fork. */
  #rivalOf({ last, promotion }: PromotionAnswer): WardError {
    const { height } = last.header;
    const own = planDigest(planOf(this.#networkFile.genesis), this.#options.crypto);
    if (!equalBytes(promotion.plan, own)) return refuseProtocol('HEADER_FORK', { height });
    return refuse('PROMOTION_INVALID', { height, reason: word('predecessor') });
  }
}

function rulesOf({ genesis, trustingPeriodSeconds }: NetworkFile): LightClientRules {
  const clockDriftSeconds = CLOCK_DRIFT_SECONDS;
  return { chain: genesis.chain, trustingPeriodSeconds, clockDriftSeconds };
}

export function fetchBlock(height: Height, node: Transport): Promise<LightBlock> {
  return callEndpoint(getLightBlock, { params: { height }, query: {}, body: null }, node);
}
