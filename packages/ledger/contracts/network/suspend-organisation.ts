import { equalBytes, toHex } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { knownOrganisation, registrarAuthor } from './authors.ts';
import { refuse } from './errors.ts';
import { OrganisationSuspended } from './events.ts';
import { SuspendOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const suspendOrganisation = defineHandler(SuspendOrganisation, {
  check({ organisation: id }, scope: NetworkScope) {
    const registrar = registrarAuthor(scope);
    if (equalBytes(registrar, id)) throw refuse('SUSPENDS_ITSELF');
    if (knownOrganisation(id, scope).status === 'suspended') {
      throw refuseLedger('ORGANISATION_SUSPENDED', { organisation: toHex(id) });
    }
  },

  apply({ organisation: id }, scope) {
    const organisation = knownOrganisation(id, scope);
    scope.state.organisations.put({ ...organisation, status: 'suspended' }, id);
    scope.emit(OrganisationSuspended, { organisation: id });
  },
});
