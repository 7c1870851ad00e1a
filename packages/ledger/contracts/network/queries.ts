import type { AccountId } from '@ward/protocol';
import type { ReadRecordsOf } from '../../contract/records.ts';
import type { Release } from './proposal.ts';
import { hasRight } from './roles.ts';
import type { networkState, Organisation, Promotion } from './state.ts';

export interface NetworkQueries {
  organisation(organisation: AccountId): Organisation | null;
  /** It may open the first account of a newcomer: by itself nothing that anybody believes. */
  mayIntroduce(organisation: AccountId): boolean;
  /** Only proposals and votes are taken. */
  isHalted(): boolean;
  /** Which software executes the ledger; null where nobody decides on it together. */
  release(): Release | null;
  /** Which chain goes on in the place of the one that was promoted; null where none was. */
  promotion(): Promotion | null;
}

export function networkQueries(state: ReadRecordsOf<typeof networkState>): NetworkQueries {
  return {
    organisation: (organisation) => state.organisations.get(organisation),
    mayIntroduce(organisation) {
      const right = state.rules.has() ? 'propose' : 'register';
      return hasRight(state.organisations.get(organisation), right);
    },
    isHalted: () => (state.agenda.get()?.haltedSince ?? null) !== null,
    release: () => state.release.get(),
    promotion: () => state.promotion.get(),
  };
}
