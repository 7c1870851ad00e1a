import { equalBytes } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { registrarAuthor } from './authors.ts';
import { refuse } from './errors.ts';
import { applySuspension, checkSuspension } from './membership.ts';
import { SuspendOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const suspendOrganisation = defineHandler(SuspendOrganisation, {
  check({ organisation }, scope: NetworkScope) {
    const registrar = registrarAuthor(scope);
    if (equalBytes(registrar, organisation)) throw refuse('SUSPENDS_ITSELF');
    checkSuspension(organisation, scope);
  },

  apply({ organisation }, scope) {
    applySuspension(organisation, scope);
  },
});
