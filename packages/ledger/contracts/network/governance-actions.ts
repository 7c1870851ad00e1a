import type { ActionTable } from './actions.ts';
import { refreshValidators } from './choose-validators.ts';
import { refuse } from './errors.ts';
import { ConsensusSet, NetworkHalted, NetworkResumed, RulesSet, UpgradePlanned } from './events.ts';
import type { NetworkScope } from './needs.ts';
import { type Release, releaseAt } from './proposal.ts';
import { areWholeRules } from './rules.ts';

type Kinds =
  | 'set-rules'
  | 'set-consensus'
  | 'plan-upgrade'
  | 'cancel-upgrade'
  | 'halt-network'
  | 'resume-network';

/** What members decide of how the network runs. */
export const GOVERNANCE_ACTIONS: ActionTable<Kinds> = {
  'set-rules': {
    check({ rules }, { state }) {
      if (!areWholeRules(rules, state.consensus.get()!)) throw refuse('RULES_INVALID');
    },
    apply({ rules }, scope) {
      scope.state.rules.put(rules);
      refreshValidators(scope);
      scope.emit(RulesSet, {});
    },
  },

  'set-consensus': {
    check({ consensus }, { state }) {
      if (!areWholeRules(state.rules.get()!, consensus)) throw refuse('RULES_INVALID');
    },
    apply({ consensus }, { state, emit }) {
      state.consensus.put(consensus);
      emit(ConsensusSet, {});
    },
  },

  'plan-upgrade': {
    check({ name, height }, scope) {
      const { current } = releaseNow(scope);
      // The block after this one may be made already.
      const isPast = height <= scope.block.height + 1;
      if (isPast || name === '' || name === current) throw refuse('UPGRADE_INVALID', { height });
    },
    apply({ name, height, digest }, scope) {
      scope.state.release.put({ ...releaseNow(scope), plan: { name, height, digest } });
      scope.emit(UpgradePlanned, { height });
    },
  },

  'cancel-upgrade': {
    check(_, scope) {
      if (releaseNow(scope).plan === null) throw refuse('UPGRADE_UNPLANNED');
    },
    apply(_, scope) {
      scope.state.release.put({ ...releaseNow(scope), plan: null });
      scope.emit(UpgradePlanned, { height: null });
    },
  },

  'halt-network': {
    check(_, { state }) {
      if (state.agenda.get()!.haltedSince !== null) throw refuse('HALTED_ALREADY');
    },
    apply(_, { state, block, emit }) {
      state.agenda.put({ ...state.agenda.get()!, haltedSince: block.time });
      emit(NetworkHalted, {});
    },
  },

  'resume-network': {
    check(_, { state }) {
      if (state.agenda.get()!.haltedSince === null) throw refuse('NOT_HALTED');
    },
    apply(_, { state, emit }) {
      state.agenda.put({ ...state.agenda.get()!, haltedSince: null });
      emit(NetworkResumed, {});
    },
  },
};

/** The release of this height, and what is planned for a later one. */
function releaseNow({ state, block }: NetworkScope): Release {
  const release = state.release.get()!;
  const { plan } = release;
  const isAhead = plan !== null && plan.height > block.height;
  return { current: releaseAt(release, block.height), plan: isAhead ? plan : null };
}
