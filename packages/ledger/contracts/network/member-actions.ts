import type { ActionTable } from './actions.ts';
import { knownOrganisation } from './authors.ts';
import { applyDecideRules, checkDecideRules } from './decide-rules.ts';
import { refuse } from './errors.ts';
import { RolesSet } from './events.ts';
import {
  applyAdmission,
  applyReinstatement,
  applySuspension,
  checkAdmission,
  checkReinstatement,
  checkSuspension,
  checkVoters,
  putOrganisation,
} from './membership.ts';
import { hasWholeRoles } from './roles.ts';

type Kinds =
  | 'admit-organisation'
  | 'suspend-organisation'
  | 'reinstate-organisation'
  | 'set-roles'
  | 'set-decide-rules';

/** What members decide of each other. */
export const MEMBER_ACTIONS: ActionTable<Kinds> = {
  'admit-organisation': {
    check: checkAdmission,
    apply: applyAdmission,
  },

  'suspend-organisation': {
    check({ organisation: id }, scope) {
      checkSuspension(id, scope);
      checkVoters(id, { ...knownOrganisation(id, scope), status: 'suspended' }, scope);
    },
    apply: ({ organisation }, scope) => applySuspension(organisation, scope),
  },

  'reinstate-organisation': {
    check: ({ organisation }, scope) => checkReinstatement(organisation, scope),
    apply: ({ organisation }, scope) => applyReinstatement(organisation, scope),
  },

  'set-roles': {
    check({ organisation: id, roles }, scope) {
      const organisation = knownOrganisation(id, scope);
      if (!hasWholeRoles(roles)) throw refuse('ROLES_INVALID');
      checkVoters(id, { ...organisation, roles }, scope);
    },
    apply({ organisation: id, roles }, scope) {
      putOrganisation({ ...knownOrganisation(id, scope), roles }, id, scope);
      scope.emit(RolesSet, { organisation: id });
    },
  },

  'set-decide-rules': {
    check: checkDecideRules,
    apply: applyDecideRules,
  },
};
