import { equalBytes } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { ownOrganisation } from './authors.ts';
import { refuse } from './errors.ts';
import { SuccessorNamed } from './events.ts';
import { NameSuccessor } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import type { Organisation } from './state.ts';

export const nameSuccessor = defineHandler(NameSuccessor, {
  check({ organisation: id, successor }, scope: NetworkScope) {
    const own = ownOrganisation(id, scope);
    if (successor === null) return;
    const other = scope.state.organisations.get(successor);
    const isOther = other !== null && !equalBytes(id, successor);
    if (!isOther || !isCustodian(own) || !isCustodian(other)) throw refuse('SUCCESSOR_INVALID');
  },

  apply({ organisation: id, successor }, scope) {
    scope.state.organisations.put({ ...ownOrganisation(id, scope), successor }, id);
    scope.emit(SuccessorNamed, { organisation: id, successor });
  },
});

function isCustodian({ status, custodian }: Organisation): boolean {
  return status === 'active' && custodian !== null;
}
