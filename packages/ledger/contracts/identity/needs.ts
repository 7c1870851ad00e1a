import type { AccountId } from '@ward/protocol';
import type { Scope } from '../../contract/scope.ts';
import type { identityState } from './state.ts';

/** What accounts ask of the network of organisations. */
export interface IdentityNeeds {
  readonly network: {
    /** It may open the first account of an organisation that is to be admitted. */
    mayIntroduce(organisation: AccountId): boolean;
  };
}
export type IdentityScope = Scope<typeof identityState, IdentityNeeds>;
