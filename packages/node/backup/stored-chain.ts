import { baseOf } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import {
  type Crypto,
  type Height,
  hasCode,
  type LightBlock,
  type LightClientRules,
  sortValidators,
  type TrustedBlock,
  trustFirstBlock,
  verifyLightBlock,
  WardError,
} from '@ward/protocol';
import { refuse } from '../errors.ts';

/** Light blocks that lie on a disk, by height; undefined where there is none. */
export type StoredHeaders = (height: Height) => LightBlock | undefined;

export interface StoredChain {
  readonly genesis: Genesis;
  readonly headers: StoredHeaders;
  readonly crypto: Crypto;
}

/**
 * Whether the validators of the genesis lead to a block through the headers beside it: each set
 * says who came after it, a light client's way, and the time of day plays no part. Where the first
 * block was pruned there is nothing to begin with, and this says nothing.
 *
 * @throws WardError `BACKUP_UNPROVED`.
 */
export function checkStoredChain(block: LightBlock, chain: StoredChain): void {
  const { genesis, headers, crypto } = chain;
  const { height } = block.header;
  const firstHeight = baseOf(genesis) + 1;
  const first = headers(firstHeight);
  if (first === undefined) return;
  const rules = {
    ...{ chain: genesis.chain, clockDriftSeconds: 0 },
    trustingPeriodSeconds: Number.MAX_SAFE_INTEGER,
  };
  try {
    const validators = sortValidators(genesis.validators, crypto);
    const trusted = trustFirstBlock(first, { validators, height: firstHeight }, rules, crypto);
    follow(trusted, { ...chain, block, rules });
  } catch (error) {
    if (!(error instanceof WardError)) throw error;
    throw Object.assign(refuse('BACKUP_UNPROVED', { height }), { cause: error });
  }
}

/** As far ahead at one time as enough of the same validators have signed. */
function follow(
  first: TrustedBlock,
  chain: StoredChain & { readonly block: LightBlock; readonly rules: LightClientRules },
): void {
  const { block, headers, rules, crypto } = chain;
  const now = block.header.time.seconds;
  let trusted = first;
  let tried = block;
  while (trusted.header.height < block.header.height) {
    try {
      trusted = verifyLightBlock({ trusted, block: tried, now }, rules, crypto);
      tried = block;
    } catch (error) {
      const { height } = trusted.header;
      const middle = Math.floor((height + tried.header.height) / 2);
      const between = middle === height ? undefined : headers(middle);
      if (!hasCode(error, 'HEADER_UNTRUSTED') || between === undefined) throw error;
      tried = between;
    }
  }
}
