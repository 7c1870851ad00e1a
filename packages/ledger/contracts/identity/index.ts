import { defineContract } from '../../contract/define-contract.ts';
import { addKey } from './add-key.ts';
import { endKey } from './end-key.ts';
import { AccountOpened, KeyAdded, KeyEnded } from './events.ts';
import { identityInvariants } from './invariants.ts';
import { openAccount } from './open-account.ts';
import { identityQueries } from './queries.ts';
import { identityState } from './state.ts';

/** Accounts and their keys. */
export const identity = defineContract({
  name: 'identity',
  version: 1,
  state: identityState,
  messages: [openAccount, addKey, endKey],
  queries: identityQueries,
  events: [AccountOpened, KeyAdded, KeyEnded],
  invariants: identityInvariants,
  migrate: null,
});
