import { defineHandler } from '../../contract/define-contract.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { registrarAuthor } from './authors.ts';
import { refuse } from './errors.ts';
import { NetworkPromoted } from './events.ts';
import { PromoteNetwork } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const promoteNetwork = defineHandler(PromoteNetwork, {
  check({ chain }, scope: NetworkScope) {
    registrarAuthor(scope);
    if (chain === '' || chain === scope.chain) throw refuse('PROMOTION_CHAIN');
    // The executor refuses every later transaction; this is for the same one.
    if (scope.state.promotion.has()) throw refuseLedger('NETWORK_PROMOTED');
  },

  apply({ chain, plan }, scope) {
    scope.state.promotion.put({ chain, plan });
    scope.emit(NetworkPromoted, { chain });
  },

  endsLedger: true,
});
