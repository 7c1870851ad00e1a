import { defineHandler } from '../../contract/define-contract.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { checkOwnValidator } from './authors.ts';
import { refreshValidators } from './choose-validators.ts';
import { refuse } from './errors.ts';
import { UnbondStake } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { putStake, stakeOf } from './stake.ts';

export const unbondStake = defineHandler(UnbondStake, {
  check({ organisation, amount }, scope: NetworkScope) {
    checkOwnValidator(organisation, scope);
    const { bonded: available, unbonding } = stakeOf(organisation, scope);
    if (amount > available) throw refuse('STAKE_SHORT', { amount, available });
    const max = LEDGER_LIMITS.unbondingsMax;
    if (unbonding.length >= max) throw refuse('UNBONDINGS_FULL', { max });
  },

  apply({ organisation, amount }, scope) {
    const stake = stakeOf(organisation, scope);
    const time = scope.block.time + scope.state.rules.get()!.unbondingSeconds;
    const unbonding = [...stake.unbonding, { amount, time }];
    putStake({ ...stake, bonded: stake.bonded - amount, unbonding }, organisation, scope);
    refreshValidators(scope);
  },
});
