import { toHex } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { knownOrganisation, registrarAuthor } from './authors.ts';
import { refuse } from './errors.ts';
import { OrganisationReinstated } from './events.ts';
import { ReinstateOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const reinstateOrganisation = defineHandler(ReinstateOrganisation, {
  check({ organisation: id }, scope: NetworkScope) {
    registrarAuthor(scope);
    if (knownOrganisation(id, scope).status === 'active') {
      throw refuse('ORGANISATION_ACTIVE', { organisation: toHex(id) });
    }
  },

  apply({ organisation: id }, scope) {
    const organisation = knownOrganisation(id, scope);
    scope.state.organisations.put({ ...organisation, status: 'active' }, id);
    scope.emit(OrganisationReinstated, { organisation: id });
  },
});
