import { defineHandler } from '../../contract/define-contract.ts';
import { checkOwnValidator } from './authors.ts';
import { refreshValidators } from './choose-validators.ts';
import { refuse } from './errors.ts';
import { BondStake } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { putStake, stakeOf } from './stake.ts';

export const bondStake = defineHandler(BondStake, {
  check({ organisation, amount }, scope: NetworkScope) {
    checkOwnValidator(organisation, scope);
    if (scope.state.rules.get()!.weighting === 'equal') throw refuse('STAKE_UNUSED');
    const { free: available } = stakeOf(organisation, scope);
    if (amount > available) throw refuse('STAKE_SHORT', { amount, available });
  },

  apply({ organisation, amount }, scope) {
    const stake = stakeOf(organisation, scope);
    const moved = { free: stake.free - amount, bonded: stake.bonded + amount };
    putStake({ ...stake, ...moved }, organisation, scope);
    refreshValidators(scope);
  },
});
