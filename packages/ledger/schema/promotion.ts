import {
  type BlockHeader,
  type Crypto,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  type FormatOf,
  field,
  headerHash,
  taggedDigest,
  validatorsField,
  word,
} from '@ward/protocol';
import { Parameters } from '../contracts/network/state.ts';
import { refuse } from './errors.ts';
import { type Genesis, governanceField, membersField } from './genesis.ts';

/**
 * All that is known of the genesis of a promoted ledger before the old chain ends: the rest is said
 * by that chain's last header. Its digest stands on the old chain.
 */
export const PromotionPlan = defineFormat('promotion-plan', 1, {
  /** The chain that goes on. */
  chain: field.text(50),
  network: field.bytes(DIGEST_BYTES),
  /** The chain that ends. */
  predecessor: field.text(50),
  validators: validatorsField,
  /** Written where their version is above that of the state; else what stands there stays. */
  parameters: Parameters.schema,
  /** Who comes to those that are members already. */
  members: membersField,
  governance: governanceField,
});
export type PromotionPlan = FormatOf<typeof PromotionPlan>;

/** The digest by which a promotion names its plan. */
export function planDigest(plan: PromotionPlan, crypto: Crypto): Digest {
  return taggedDigest('promotion-plan', PromotionPlan.encode(plan), crypto);
}

/**
 * The genesis of the chain that goes on.
 *
 * @param last The old chain's last header: of the empty block behind the promotion's. Its app hash
 * is the root of the state that the new ledger begins with.
 */
export function genesisOf(plan: PromotionPlan, last: BlockHeader, crypto: Crypto): Genesis {
  const { chain, network, predecessor, validators, parameters, members, governance } = plan;
  const { seconds, nanos } = last.time;
  return {
    chain,
    // Not before the last block: whole seconds, rounded up.
    time: seconds + (nanos > 0 ? 1 : 0),
    network,
    predecessor: { chain: predecessor, height: last.height, hash: headerHash(last, crypto) },
    ...{ validators, parameters, members, governance },
  };
}

/**
 * The plan by which the genesis of a promoted ledger was made: what {@link genesisOf} made it of.
 *
 * @throws WardError `GENESIS_INVALID` for one that continues no other ledger.
 */
export function planOf(genesis: Genesis): PromotionPlan {
  const { chain, network, predecessor, validators, parameters, members, governance } = genesis;
  if (network === null || predecessor === null || governance === null) {
    throw refuse('GENESIS_INVALID', { reason: word('predecessor'), member: -1 });
  }
  return {
    ...{ chain, network, predecessor: predecessor.chain },
    ...{ validators, parameters, members, governance },
  };
}
