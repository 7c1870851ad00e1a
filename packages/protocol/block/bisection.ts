import { refuse } from '../errors/protocol-errors.ts';
import { hasCode } from '../errors/ward-error.ts';
import type { Height, Seconds } from '../units.ts';
import type { LightBlock } from './header.ts';
import type { TrustedBlock } from './light-client.ts';
import type { TrustedChain } from './trusted-chain.ts';

/** Blocks between that one question may need; so often have the validators changed. */
export const BISECTION_BLOCKS_MAX = 1000;

export interface BisectionOptions {
  /** Lowest height that is acceptable for the block itself. */
  readonly floor: Height;
  readonly now: Seconds;
  /** Gives the light block of a height: one node, which may lie. */
  readonly fetch: (height: Height) => Promise<LightBlock>;
}

/**
 * Believes a block at any distance: where too few of the trusted validators signed it, over blocks
 * halfway between, as often as it takes (CometBFT `light/client.go`, `verifySkipping`).
 *
 * @throws WardError `HEADER_*`, `TRUST_EXPIRED`, and what `fetch` throws.
 */
export async function believeAcross(
  chain: TrustedChain,
  block: LightBlock,
  { floor, now, fetch }: BisectionOptions,
): Promise<TrustedBlock> {
  // The target below, blocks between above it: each one is nearer to what is believed.
  const pending = [block];
  for (let fetched = 0; ; ) {
    const next = pending.at(-1)!;
    const { height } = next.header;
    const least = next === block ? floor : height;
    const believed = believeAtOnce(chain, next, { floor: least, now });
    if (believed !== undefined) {
      if (next === block) return believed;
      pending.pop();
      continue;
    }
    const low = chain.heightBelow(height);
    const middle = low + Math.floor((height - low) / 2);
    if (middle === low || fetched++ === BISECTION_BLOCKS_MAX) {
      throw refuse('HEADER_UNTRUSTED', { height });
    }
    const between = await fetch(middle);
    if (between.header.height !== middle) throw refuse('HEADER_MISMATCH', { height: middle });
    pending.push(between);
  }
}

/** Undefined where a block between is needed. */
function believeAtOnce(
  chain: TrustedChain,
  block: LightBlock,
  limits: { floor: Height; now: Seconds },
): TrustedBlock | undefined {
  try {
    return chain.believe(block, limits);
  } catch (error) {
    if (hasCode(error, 'HEADER_UNTRUSTED')) return undefined;
    throw error;
  }
}
