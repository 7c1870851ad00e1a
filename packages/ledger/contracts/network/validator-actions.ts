import { toHex } from '@ward/protocol';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import type { ActionTable } from './actions.ts';
import { knownOrganisation } from './authors.ts';
import {
  isApproved,
  isLastValidator,
  putApproval,
  refreshValidators,
} from './choose-validators.ts';
import { refuse } from './errors.ts';
import { ValidatorChanged } from './events.ts';
import { grantStake } from './stake.ts';

type Kinds = 'add-validator' | 'remove-validator' | 'unjail-validator' | 'grant-stake';

/** What members decide of those who make blocks. */
export const VALIDATOR_ACTIONS: ActionTable<Kinds> = {
  'add-validator': {
    check({ organisation: id }, scope) {
      const organisation = toHex(id);
      if (!scope.state.validators.has(id)) throw refuse('VALIDATOR_UNKNOWN', { organisation });
      if (isApproved(id, scope)) throw refuse('VALIDATOR_APPROVED', { organisation });
      const max = LEDGER_LIMITS.validatorsMax;
      if (scope.state.validatorSet.get()!.approved.length >= max) {
        throw refuse('VALIDATORS_FULL', { max });
      }
    },
    apply({ organisation }, scope) {
      putApproval(organisation, true, scope);
      scope.emit(ValidatorChanged, { organisation });
    },
  },

  'remove-validator': {
    check({ organisation: id }, scope) {
      if (!isApproved(id, scope)) throw refuse('VALIDATOR_UNKNOWN', { organisation: toHex(id) });
      if (isLastValidator(id, scope)) throw refuse('VALIDATOR_LAST');
    },
    apply({ organisation }, scope) {
      putApproval(organisation, false, scope);
      scope.emit(ValidatorChanged, { organisation });
    },
  },

  'unjail-validator': {
    check({ organisation: id }, { state }) {
      const organisation = toHex(id);
      const record = state.validators.get(id);
      if (record === null) throw refuse('VALIDATOR_UNKNOWN', { organisation });
      if (record.jail === null) throw refuse('VALIDATOR_FREE', { organisation });
    },
    apply({ organisation: id }, scope) {
      scope.state.validators.put({ ...scope.state.validators.get(id)!, jail: null }, id);
      refreshValidators(scope);
      scope.emit(ValidatorChanged, { organisation: id });
    },
  },

  'grant-stake': {
    check({ organisation: id, amount }, scope) {
      knownOrganisation(id, scope);
      const { granted } = scope.state.supply.get()!;
      if (!Number.isSafeInteger(granted + amount)) throw refuse('STAKE_LIMIT');
    },
    apply: ({ organisation, amount }, scope) => grantStake(organisation, amount, scope),
  },
};
