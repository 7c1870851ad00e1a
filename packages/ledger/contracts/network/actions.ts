import { GOVERNANCE_ACTIONS } from './governance-actions.ts';
import { MEMBER_ACTIONS } from './member-actions.ts';
import type { NetworkScope } from './needs.ts';
import type { Action, ActionKind } from './proposal.ts';
import { VALIDATOR_ACTIONS } from './validator-actions.ts';

export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** One kind of what members decide: like a message, without an author. */
export interface ActionRules<K extends ActionKind> {
  /** Throws where it cannot be done now; writes nothing. */
  check(action: ActionOf<K>, scope: NetworkScope): void;
  /** The writes and events; must not refuse. */
  apply(action: ActionOf<K>, scope: NetworkScope): void;
}
export type ActionTable<K extends ActionKind> = { readonly [A in K]: ActionRules<A> };

const ACTIONS: ActionTable<ActionKind> = {
  ...MEMBER_ACTIONS,
  ...VALIDATOR_ACTIONS,
  ...GOVERNANCE_ACTIONS,
};

/** The rules of an action: its kind says whose. */
export function rulesOf(action: Action): ActionRules<ActionKind> {
  return ACTIONS[action.kind] as unknown as ActionRules<ActionKind>;
}
