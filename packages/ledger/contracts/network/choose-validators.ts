import { type AccountId, compareBytes, equalBytes } from '@ward/protocol';
import type { NetworkScope } from './needs.ts';
import { hasRight } from './roles.ts';
import type { Rules } from './rules.ts';
import { type ActiveValidator, chooseActive, powerOf } from './validators.ts';

/**
 * Chooses again who makes blocks, behind whatever it depends on. Where nobody could, those who do
 * go on: a network never loses its last validator.
 */
export function refreshValidators({ state }: NetworkScope): void {
  const rules = state.rules.get()!;
  const set = state.validatorSet.get()!;
  const able = set.approved.flatMap((id) => validatorNow(id, rules, state));
  const active = chooseActive(able, rules);
  if (active.length === 0 || isSame(active, set.active)) return;
  state.validatorSet.put({ ...set, active });
}

function validatorNow(
  organisation: AccountId,
  rules: Rules,
  state: NetworkScope['state'],
): ActiveValidator[] {
  const record = state.validators.get(organisation);
  if (record === null || record.jail !== null) return [];
  if (!hasRight(state.organisations.get(organisation), 'validate')) return [];
  const power = powerOf(state.stakes.get(organisation)?.bonded ?? 0, rules);
  return [{ organisation, publicKey: record.publicKey, power }];
}

function isSame(a: readonly ActiveValidator[], b: readonly ActiveValidator[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ organisation, publicKey, power }, i) => {
      const other = b[i]!;
      const isOne = equalBytes(organisation, other.organisation) && power === other.power;
      return isOne && equalBytes(publicKey, other.publicKey);
    })
  );
}

/** Whether an organisation is the only one that makes blocks. */
export function isLastValidator(id: AccountId, { state }: NetworkScope): boolean {
  const { active } = state.validatorSet.get()!;
  return active.length === 1 && equalBytes(active[0]!.organisation, id);
}

export function isApproved(id: AccountId, { state }: NetworkScope): boolean {
  return state.validatorSet.get()!.approved.some((other) => equalBytes(other, id));
}

/** Adds or removes an organisation among those that may make blocks. */
export function putApproval(id: AccountId, isGiven: boolean, scope: NetworkScope): void {
  const { state } = scope;
  const set = state.validatorSet.get()!;
  const others = set.approved.filter((other) => !equalBytes(other, id));
  const approved = isGiven ? [...others, id].sort(compareBytes) : others;
  state.validatorSet.put({ ...set, approved });
  refreshValidators(scope);
}
