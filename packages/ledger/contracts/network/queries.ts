import type { AccountId } from '@ward/protocol';
import type { ReadRecordsOf } from '../../contract/records.ts';
import type { networkState, Organisation, Role } from './state.ts';

export interface NetworkQueries {
  organisation(organisation: AccountId): Organisation | null;
  /** It is a member, active, and has the role. */
  hasRole(organisation: AccountId, role: Role): boolean;
}

export function networkQueries(state: ReadRecordsOf<typeof networkState>): NetworkQueries {
  return {
    organisation: (organisation) => state.organisations.get(organisation),
    hasRole(organisation, role) {
      const found = state.organisations.get(organisation);
      return found !== null && found.status === 'active' && found.roles.includes(role);
    },
  };
}
