import {
  networkState,
  type Organisation,
  type Proposal,
  proposalNumber,
} from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import type { NaiveState } from './naive-state.ts';

// Who may do what, and who is counted: a second writing of the sentences in the contracts' pages.

export type NaiveRight = 'register' | 'propose' | 'vote' | 'validate';

export const isSame = (a: Uint8Array, b: Uint8Array) => toHex(a) === toHex(b);

/** A regulator may only propose; only a registrar may decide alone. */
export function roleMay(
  organisation: Pick<Organisation, 'roles' | 'status'> | undefined,
  right: NaiveRight,
) {
  if (organisation?.status !== 'active') return false;
  const { roles } = organisation;
  if (right === 'register') return roles.includes('registrar');
  return roles.some((role) => right === 'propose' || role !== 'regulator');
}

export function mayDo(state: NaiveState, id: Uint8Array, right: NaiveRight): boolean {
  return roleMay(state.get(networkState.organisations, id), right);
}

export function votersOf(state: NaiveState): Uint8Array[] {
  const { organisations } = state.get(networkState.directory)!;
  return organisations.filter((id) => mayDo(state, id, 'vote'));
}

export function isGovernedByMembers(state: NaiveState): boolean {
  return state.get(networkState.rules) !== undefined;
}

export function proposalOf(state: NaiveState, number: number): Proposal | undefined {
  return state.get(networkState.proposals, proposalNumber(number));
}

/** Votes of those who may vote now. */
export function countOf(state: NaiveState, number: number, choice: 'yes' | 'no'): number {
  const part = proposalNumber(number);
  return votersOf(state).filter((id) => state.get(networkState.votes, part, id)?.choice === choice)
    .length;
}

/** Counts anew all votes on all that is open, and who may vote at all. */
export function countAgain(state: NaiveState): void {
  const agenda = state.get(networkState.agenda);
  if (agenda === undefined) return;
  const voters = votersOf(state).length;
  if (voters !== agenda.voters) state.change(networkState.agenda, { voters });
  for (const number of agenda.open) {
    const [yes, no] = [countOf(state, number, 'yes'), countOf(state, number, 'no')];
    const before = proposalOf(state, number)!;
    if (before.yes === yes && before.no === no) continue;
    state.change(networkState.proposals, { yes, no }, proposalNumber(number));
  }
}
