import {
  type Crypto,
  headerHash,
  LightBlock,
  type LightClientRules,
  trustFirstBlock,
  verifyLightBlock,
} from '@ward/protocol';

/** Two light blocks as a node sends them, as JSON carries them into a page. */
export interface TimedBlocks {
  readonly trusted: readonly number[];
  readonly block: readonly number[];
  readonly rules: LightClientRules;
  readonly now: number;
  readonly runs: number;
}

/**
 * How long it takes from the bytes of a later light block to believing it: decoding, hashes of
 * header and sets, every signature.
 *
 * @returns Milliseconds, the median of the runs.
 */
export function timeLightBlock(timed: TimedBlocks, crypto: Crypto): number {
  const { rules, now, runs } = timed;
  const first = LightBlock.decode(Uint8Array.from(timed.trusted));
  const named = { height: first.header.height, hash: headerHash(first.header, crypto) };
  const trusted = trustFirstBlock(first, named, rules, crypto);
  const bytes = Uint8Array.from(timed.block);
  const times = Array.from({ length: runs }, () => {
    const startMs = performance.now();
    verifyLightBlock({ trusted, block: LightBlock.decode(bytes), now }, rules, crypto);
    return performance.now() - startMs;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}
