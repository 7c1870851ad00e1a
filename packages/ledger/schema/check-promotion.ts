import {
  type BlockHeader,
  type Crypto,
  equalBytes,
  type LightClientRules,
  type NetworkId,
  refuseProtocol,
  trustFirstBlock,
  verifyState,
  word,
} from '@ward/protocol';
import { Promotion, promotionKey } from '../contracts/network/state.ts';
import type { PromotionAnswer } from './api.ts';
import { refuse } from './errors.ts';
import { Genesis } from './genesis.ts';
import { genesisOf, planDigest, planOf } from './promotion.ts';

/** What a client knows of the chain that was promoted. */
export interface PromotedFrom {
  readonly network: NetworkId;
  readonly chain: string;
  /** Header of the chain's last block, believed by the rules of that chain. */
  readonly last: BlockHeader;
}

/**
 * The chain that ends has itself said which one goes on: its state names the plan, and the genesis
 * is that plan and its last header, and nothing else. Nothing in it is the word of the node.
 *
 * @throws WardError `PROOF_INVALID`, `PROMOTION_INVALID`.
 */
export function checkPromotion(
  { genesis, promotion, proof }: Omit<PromotionAnswer, 'last'>,
  { network, chain, last }: PromotedFrom,
  crypto: Crypto,
): void {
  const { height } = last;
  const claim = { key: promotionKey, value: Promotion.encode(promotion), proof };
  if (!verifyState(claim, last.appHash, crypto)) throw refuseProtocol('PROOF_INVALID', { height });
  const isOurs = genesis.network !== null && equalBytes(genesis.network, network);
  if (!isOurs) throw refuse('PROMOTION_INVALID', { height, reason: word('network') });
  const isFrom = genesis.predecessor?.chain === chain && genesis.chain !== chain;
  if (!isFrom || genesis.chain !== promotion.chain) {
    throw refuse('PROMOTION_INVALID', { height, reason: word('chain') });
  }
  if (genesis.governance === null) {
    throw refuse('PROMOTION_INVALID', { height, reason: word('plan') });
  }
  const plan = planOf(genesis);
  if (!equalBytes(planDigest(plan, crypto), promotion.plan)) {
    throw refuse('PROMOTION_INVALID', { height, reason: word('plan') });
  }
  const made = Genesis.encode(genesisOf(plan, last, crypto));
  if (!equalBytes(made, Genesis.encode(genesis))) {
    throw refuse('PROMOTION_INVALID', { height, reason: word('predecessor') });
  }
}

/**
 * How the chain of a genesis that is believed began, as a node shows it: the genesis names its last
 * block before by the hash, and is what that block's plan and header make.
 *
 * @throws WardError `PROMOTION_INVALID`, `PROOF_INVALID`, `HEADER_*`.
 */
export function checkBeginning(answer: PromotionAnswer, genesis: Genesis, crypto: Crypto): void {
  const { predecessor, network } = genesis;
  const { last } = answer;
  const isOurs = equalBytes(Genesis.encode(answer.genesis), Genesis.encode(genesis));
  if (predecessor === null || network === null || !isOurs) {
    throw refuse('PROMOTION_INVALID', { height: last.header.height, reason: word('chain') });
  }
  const { chain, height, hash } = predecessor;
  const { header } = trustFirstBlock(last, { height, hash }, namedRules(chain), crypto);
  checkPromotion(answer, { network, chain, last: header }, crypto);
}

/** A block that is named by its hash is believed whatever time it is. */
function namedRules(chain: string): LightClientRules {
  return { chain, trustingPeriodSeconds: 0, clockDriftSeconds: 0 };
}
