import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { Height, Seconds } from '../units.ts';
import { headerHash, type LightBlock } from './header.ts';
import { type LightClientRules, type TrustedBlock, verifyLightBlock } from './light-client.ts';

/** Blocks behind the newest that stay known, for answers that were on their way meanwhile. */
const KNOWN_BLOCKS_MAX = 64;

/** The blocks that a light client believes: the newest one, and a few before it. */
export class TrustedChain {
  readonly rules: LightClientRules;
  readonly #crypto: Crypto;
  /** Ascending by height. */
  readonly #known: TrustedBlock[];

  constructor(first: TrustedBlock, rules: LightClientRules, crypto: Crypto) {
    this.#known = [first];
    this.rules = rules;
    this.#crypto = crypto;
  }

  get newest(): TrustedBlock {
    return this.#known.at(-1)!;
  }

  /**
   * Believes a block, or throws.
   *
   * @param floor Lowest height that is acceptable: what was newest when the question was asked.
   * @throws WardError `HEADER_*`, `TRUST_EXPIRED`; `HEADER_UNTRUSTED` asks for a block between.
   */
  believe(block: LightBlock, { floor, now }: { floor: Height; now: Seconds }): TrustedBlock {
    const { height } = block.header;
    if (height < floor) throw refuse('HEADER_BEHIND', { height, known: floor });
    const same = this.#known.find((known) => known.header.height === height);
    if (same !== undefined) {
      if (equalBytes(same.hash, headerHash(block.header, this.#crypto))) return same;
      // Another header of this height counts as a fork only if it is signed as well.
      this.#verify(block, height, now);
      throw refuse('HEADER_FORK', { height });
    }
    const verified = this.#verify(block, height, now);
    this.#checkLinks(verified);
    this.#insert(verified);
    return verified;
  }

  /** Both neighbours are signed: where one does not name the other, there are two chains. */
  #checkLinks({ header, hash }: TrustedBlock): void {
    const { height, lastBlock } = header;
    for (const known of this.#known) {
      const isBefore = known.header.height === height - 1;
      const isBehind = known.header.height === height + 1;
      const isLinked =
        (!isBefore || equalBytes(lastBlock.hash, known.hash)) &&
        (!isBehind || equalBytes(known.header.lastBlock.hash, hash));
      if (!isLinked) throw refuse('HEADER_FORK', { height });
    }
  }

  #verify(block: LightBlock, height: Height, now: Seconds): TrustedBlock {
    const trusted = this.#known.filter((known) => known.header.height < height).at(-1);
    if (trusted === undefined) {
      throw refuse('HEADER_BEHIND', { height, known: this.#known[0]!.header.height });
    }
    return verifyLightBlock({ trusted, block, now }, this.rules, this.#crypto);
  }

  #insert(block: TrustedBlock): void {
    const after = this.#known.findIndex((known) => known.header.height > block.header.height);
    this.#known.splice(after < 0 ? this.#known.length : after, 0, block);
    if (this.#known.length > KNOWN_BLOCKS_MAX) this.#known.shift();
  }
}
