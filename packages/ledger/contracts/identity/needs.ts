import type { AccountId } from '@ward/protocol';
import type { Scope } from '../../contract/scope.ts';
import type { identityState } from './state.ts';

/** What accounts ask of the network of organisations. */
export interface IdentityNeeds {
  readonly network: {
    /** It is a member, active, and registers others. */
    hasRole(organisation: AccountId, role: 'registrar'): boolean;
  };
}
export type IdentityScope = Scope<typeof identityState, IdentityNeeds>;
