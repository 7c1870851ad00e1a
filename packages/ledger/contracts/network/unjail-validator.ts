import { toHex } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { checkOwnValidator } from './authors.ts';
import { refreshValidators } from './choose-validators.ts';
import { refuse } from './errors.ts';
import { ValidatorChanged } from './events.ts';
import { UnjailValidator } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const unjailValidator = defineHandler(UnjailValidator, {
  check({ organisation: id }, scope: NetworkScope) {
    checkOwnValidator(id, scope);
    const organisation = toHex(id);
    const record = scope.state.validators.get(id);
    if (record === null) throw refuse('VALIDATOR_UNKNOWN', { organisation });
    const { jail } = record;
    if (jail === null) throw refuse('VALIDATOR_FREE', { organisation });
    if (jail.kind === 'misbehaviour') throw refuse('VALIDATOR_JAILED', { until: 0 });
    if (jail.until > scope.block.time) throw refuse('VALIDATOR_JAILED', { until: jail.until });
  },

  apply({ organisation: id }, scope) {
    scope.state.validators.put({ ...scope.state.validators.get(id)!, jail: null }, id);
    refreshValidators(scope);
    scope.emit(ValidatorChanged, { organisation: id });
  },
});
