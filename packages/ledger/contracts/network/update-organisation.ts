import { defineHandler } from '../../contract/define-contract.ts';
import { ownOrganisation } from './authors.ts';
import { OrganisationUpdated } from './events.ts';
import { UpdateOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const updateOrganisation = defineHandler(UpdateOrganisation, {
  check({ organisation }, scope: NetworkScope) {
    ownOrganisation(organisation, scope);
  },

  apply({ organisation: id, ...said }, scope) {
    const { roles, status, successor } = ownOrganisation(id, scope);
    scope.state.organisations.put({ ...said, roles, status, successor }, id);
    scope.emit(OrganisationUpdated, { organisation: id });
  },
});
