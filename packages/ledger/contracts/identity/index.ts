import { defineContract } from '../../contract/define-contract.ts';
import { identityQueries } from './queries.ts';
import { identityState } from './state.ts';

/** Accounts and their keys. */
export const identity = defineContract({
  name: 'identity',
  version: 1,
  state: identityState,
  messages: [],
  queries: identityQueries,
  events: [],
  invariants: {},
  migrate: null,
});
