import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { WardError } from '../errors/ward-error.ts';
import type { Height, Seconds } from '../units.ts';
import {
  areForked,
  type ForkEvidence,
  makeForkEvidence,
  verifyForkEvidence,
} from './fork-evidence.ts';
import { headerHash, type LightBlock } from './header.ts';
import { type LightClientRules, type TrustedBlock, verifyLightBlock } from './light-client.ts';

/** Blocks behind the newest that stay known, for answers that were on their way meanwhile. */
const KNOWN_BLOCKS_MAX = 64;

interface KnownBlock {
  readonly trusted: TrustedBlock;
  /** As it came; the first one is known without its signatures. */
  readonly shown: LightBlock | undefined;
}

/** The blocks that a light client believes: the newest one, and a few before it. */
export class TrustedChain {
  readonly rules: LightClientRules;
  readonly #crypto: Crypto;
  /** Ascending by height. */
  readonly #known: KnownBlock[];
  #fork: ForkEvidence | undefined;

  constructor(first: TrustedBlock, rules: LightClientRules, crypto: Crypto) {
    this.#known = [{ trusted: first, shown: undefined }];
    this.rules = rules;
    this.#crypto = crypto;
  }

  get newest(): TrustedBlock {
    return this.#known.at(-1)!.trusted;
  }

  /** The lowest known block. */
  get oldest(): TrustedBlock {
    return this.#known[0]!.trusted;
  }

  /** Known blocks of a height and above it, ascending. */
  knownFrom(height: Height): TrustedBlock[] {
    const known = this.#known.map(({ trusted }) => trusted);
    return known.filter(({ header }) => header.height >= height);
  }

  /** Proof of the first fork that was seen, for others; undefined while there was none. */
  get fork(): ForkEvidence | undefined {
    return this.#fork;
  }

  /** The highest known block below a height; what is verified there, is verified from it. */
  heightBelow(height: Height): Height {
    return this.#below(height).header.height;
  }

  /**
   * Believes a block, or throws.
   *
   * @param floor Lowest height that is acceptable: what was newest when the question was asked.
   * @throws WardError `HEADER_*`, `TRUST_EXPIRED`; `HEADER_UNTRUSTED` asks for a block between;
   * `HEADER_FORK` with the evidence in {@link fork}.
   */
  believe(block: LightBlock, { floor, now }: { floor: Height; now: Seconds }): TrustedBlock {
    const { height } = block.header;
    if (height < floor) throw refuse('HEADER_BEHIND', { height, known: floor });
    const same = this.#known.find(({ trusted }) => trusted.header.height === height)?.trusted;
    if (same !== undefined && equalBytes(same.hash, headerHash(block.header, this.#crypto))) {
      return same;
    }
    // Another header of a known height counts as a fork only if it is signed as well.
    const from = this.#below(height);
    const verified = verifyLightBlock({ trusted: from, block, now }, this.rules, this.#crypto);
    const other = this.#known.find(({ trusted }) => areForked(trusted, verified));
    if (other !== undefined) {
      this.#keepEvidence(other, block);
      throw refuse('HEADER_FORK', { height });
    }
    this.#insert({ trusted: verified, shown: block });
    return verified;
  }

  #below(height: Height): TrustedBlock {
    const below = this.#known.filter(({ trusted }) => trusted.header.height < height).at(-1);
    if (below === undefined) {
      throw refuse('HEADER_BEHIND', { height, known: this.#known[0]!.trusted.header.height });
    }
    return below.trusted;
  }

  /** Evidence counts from a block below both; where there is none known, from the other itself. */
  #keepEvidence({ trusted, shown }: KnownBlock, block: LightBlock): void {
    const lower = Math.min(trusted.header.height, block.header.height);
    const base = this.#known.filter((known) => known.trusted.header.height < lower).at(-1);
    const candidates = [
      ...(base === undefined || shown === undefined
        ? []
        : [makeForkEvidence(base.trusted, [shown, block])]),
      makeForkEvidence(trusted, [block]),
    ];
    this.#fork ??= candidates.find((evidence) => this.#isProof(evidence));
  }

  #isProof(evidence: ForkEvidence): boolean {
    try {
      verifyForkEvidence(evidence, this.rules, this.#crypto);
      return true;
    } catch (error) {
      if (error instanceof WardError) return false;
      throw error;
    }
  }

  #insert(block: KnownBlock): void {
    const { height } = block.trusted.header;
    const after = this.#known.findIndex(({ trusted }) => trusted.header.height > height);
    this.#known.splice(after < 0 ? this.#known.length : after, 0, block);
    if (this.#known.length > KNOWN_BLOCKS_MAX) this.#known.shift();
  }
}
