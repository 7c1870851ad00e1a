import { defineContract } from '../../contract/define-contract.ts';
import { networkQueries } from './queries.ts';
import { networkState } from './state.ts';

/** Organisations, their roles and what the members agreed on. */
export const network = defineContract({
  name: 'network',
  version: 1,
  state: networkState,
  messages: [],
  queries: networkQueries,
  events: [],
  invariants: {},
  migrate: null,
});
