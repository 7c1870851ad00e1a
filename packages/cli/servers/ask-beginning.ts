import {
  checkBeginning,
  getPromotion,
  type NetworkFile,
  type PromotionAnswer,
} from '@ward/ledger/schema';
import { callEndpoint, WardError } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import type { Session } from '../frame/session.ts';

/**
 * How the network of a promoted ledger began, from whichever of its nodes proves it; undefined
 * where none does.
 */
export async function askBeginning(
  { genesis, nodes }: NetworkFile,
  { platform }: Session,
): Promise<PromotionAnswer | undefined> {
  const { crypto, transport = httpTransport } = platform;
  for (const origin of nodes) {
    try {
      const call = { params: {}, query: {}, body: null };
      const answer = await callEndpoint(getPromotion, call, transport(origin));
      checkBeginning(answer, genesis, crypto);
      return answer;
    } catch (error) {
      // Another one may know it.
      if (!(error instanceof WardError)) throw error;
    }
  }
  return undefined;
}
