import { defineHandler } from '../../contract/define-contract.ts';
import { registrarAuthor } from './authors.ts';
import { applyAdmission, checkAdmission } from './membership.ts';
import { AdmitOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const admitOrganisation = defineHandler(AdmitOrganisation, {
  check(message, scope: NetworkScope) {
    registrarAuthor(scope);
    checkAdmission(message, scope);
  },

  apply: applyAdmission,
});
