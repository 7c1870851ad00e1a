import type { AccountId } from '@ward/protocol';
import type { Scope } from '../../contract/scope.ts';
import type { networkState } from './state.ts';

/** What the network of organisations asks of accounts. */
export interface NetworkNeeds {
  readonly identity: {
    /** An account; `organisation` is the one that it acts for. */
    account(account: AccountId): { readonly organisation: AccountId } | null;
  };
}
export type NetworkScope = Scope<typeof networkState, NetworkNeeds>;
