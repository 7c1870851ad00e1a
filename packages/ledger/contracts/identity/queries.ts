import type { AccountId } from '@ward/protocol';
import type { ReadRecordsOf } from '../../contract/records.ts';
import type { Account, identityState } from './state.ts';

export interface IdentityQueries {
  /** An account with all its keys, past ones too; null where there is none. */
  account(account: AccountId): Account | null;
}

export function identityQueries(state: ReadRecordsOf<typeof identityState>): IdentityQueries {
  return { account: (account) => state.accounts.get(account) };
}
