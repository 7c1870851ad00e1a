import { defineHandler } from '../../contract/define-contract.ts';
import { registrarAuthor } from './authors.ts';
import { applyReinstatement, checkReinstatement } from './membership.ts';
import { ReinstateOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const reinstateOrganisation = defineHandler(ReinstateOrganisation, {
  check({ organisation }, scope: NetworkScope) {
    registrarAuthor(scope);
    checkReinstatement(organisation, scope);
  },

  apply({ organisation }, scope) {
    applyReinstatement(organisation, scope);
  },
});
