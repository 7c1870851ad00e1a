import { defineHandler } from '../../contract/define-contract.ts';
import { registrarAuthor } from './authors.ts';
import { applyDecideRules, checkDecideRules } from './decide-rules.ts';
import { SetParameters } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const setParameters = defineHandler(SetParameters, {
  check(message, scope: NetworkScope) {
    registrarAuthor(scope);
    checkDecideRules(message, scope);
  },

  apply: applyDecideRules,
});
