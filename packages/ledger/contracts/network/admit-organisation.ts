import { type AccountId, compareBytes, equalBytes, toHex } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { registrarAuthor } from './authors.ts';
import { refuse } from './errors.ts';
import { OrganisationAdmitted } from './events.ts';
import { AdmitOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { hasWholeRoles } from './state.ts';

export const admitOrganisation = defineHandler(AdmitOrganisation, {
  check({ organisation: id, roles }, scope: NetworkScope) {
    const { state, needs } = scope;
    registrarAuthor(scope);
    const organisation = toHex(id);
    if (state.organisations.has(id)) throw refuse('ORGANISATION_TAKEN', { organisation });
    const account = needs.identity.account(id);
    if (account === null || !equalBytes(account.organisation, id)) {
      throw refuse('ORGANISATION_WITHOUT_ACCOUNT', { organisation });
    }
    if (!hasWholeRoles(roles)) throw refuse('ROLES_INVALID');
    const max = LEDGER_LIMITS.organisationsMax;
    if (listed(scope).length >= max) throw refuse('DIRECTORY_FULL', { max });
  },

  apply({ organisation: id, ...said }, scope) {
    const { state, emit } = scope;
    state.organisations.put({ ...said, status: 'active', successor: null }, id);
    const organisations = [...listed(scope), id].sort(compareBytes);
    state.directory.put({ organisations });
    emit(OrganisationAdmitted, { organisation: id });
  },
});

function listed({ state }: NetworkScope): readonly AccountId[] {
  return state.directory.get()?.organisations ?? [];
}
