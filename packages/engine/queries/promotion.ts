import type { StateMachine } from '@ward/ledger';
import {
  genesisOf,
  Promotion,
  type PromotionAnswer,
  type PromotionPlan,
  planDigest,
  promotionKey,
} from '@ward/ledger/schema';
import { type Crypto, equalBytes, type Height } from '@ward/protocol';
import type { ChainArchive } from './block-archive.ts';

/**
 * How a ledger that was promoted goes on: for clients that cross over, and for nodes that go on.
 *
 * @param plan By which it was promoted.
 * @returns Undefined while the ledger was not promoted, or its last block is not there.
 */
export function promotionAnswer(
  { machine, archive }: { readonly machine: StateMachine; readonly archive: ChainArchive },
  { plan, height }: { readonly plan: PromotionPlan; readonly height: Height },
  crypto: Crypto,
): PromotionAnswer | undefined {
  const last = height < 2 ? undefined : archive.lightBlock(height);
  if (last === undefined) return undefined;
  const { value, proof } = machine.prove(promotionKey, height - 1);
  if (value === null) return undefined;
  const promotion = Promotion.decode(value);
  const isOurs =
    promotion.chain === plan.chain && equalBytes(promotion.plan, planDigest(plan, crypto));
  if (!isOurs) return undefined;
  return { genesis: genesisOf(plan, last.header, crypto), last, promotion, proof };
}
