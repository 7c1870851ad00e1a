import {
  type Agenda,
  type Choice,
  hasRight,
  LEDGER_LIMITS,
  networkState,
  type Organisation,
  type Proposal,
  type ProvedState,
  partNeeded,
  proposalNumber,
  type Rules,
  refuseNetwork,
  type Threshold,
  thresholdOf,
} from '@ward/ledger/schema';
import type { AccountId, Seconds } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/** `expired`: its time of voting has passed, whether the ledger has taken it off already or not. */
export type ProposalState = 'open' | NonNullable<Proposal['end']>['how'];

/** A proposal with what it needs, proved. */
export interface ProposalView {
  readonly number: number;
  readonly proposal: Proposal;
  readonly state: ProposalState;
  readonly threshold: Threshold;
  /** Organisations that may vote now. */
  readonly voters: number;
  /** With so many yes of those it is executed. */
  readonly needed: number;
  /** Yes that it still lacks; 0 where it ended. */
  readonly missing: number;
}

/** What an organisation has said to a proposal. */
export interface Ballot {
  readonly organisation: AccountId;
  readonly name: string;
  /** Null: it has not voted. */
  readonly choice: Choice | null;
  readonly time: Seconds | null;
  /** It may vote now; a vote of one that may not does not count. */
  readonly mayVote: boolean;
}

/** A proposal with the votes of all who voted, and of all who may. */
export interface ProposalDetails extends ProposalView {
  readonly ballots: readonly Ballot[];
}

export interface ProposalsOptions {
  /** Only those that are voted on now. */
  readonly open?: boolean;
  /** Only those with a lower number. */
  readonly before?: number;
  /** 50 unless told, at most {@link PROPOSALS_MAX}. */
  readonly max?: number;
}

/** Proposals that one call reads. */
export const PROPOSALS_MAX = 200;
const PROPOSALS_DEFAULT = 50;
const { agenda, proposals, rules, votes } = networkState;
const FIXED_KEYS = [agenda.key(), rules.key()];

/**
 * Proposals, the newest first.
 *
 * @throws WardError `GOVERNED_BY_REGISTRAR`.
 */
export async function readProposals(
  options: ProposalsOptions,
  connection: Connection,
): Promise<ProposalView[]> {
  const numbers = numbersOf(options, await readAgenda(connection));
  const keys = numbers.map((number) => proposals.key(proposalNumber(number)));
  const state = await connection.prove([...FIXED_KEYS, ...keys]);
  const views = numbers.map((number) => viewOf(number, state)!);
  return options.open === true ? views.filter((view) => view.state === 'open') : views;
}

function numbersOf(
  { open = false, before, max = PROPOSALS_DEFAULT }: ProposalsOptions,
  { next, open: listed }: Agenda,
): number[] {
  const end = Math.min(before ?? next, next);
  const count = Math.max(0, Math.min(max, PROPOSALS_MAX, end - 1));
  const newest = Array.from({ length: count }, (_, i) => end - 1 - i);
  return open ? listed.filter((number) => number < end).reverse() : newest;
}

async function readAgenda(connection: Connection): Promise<Agenda> {
  const record = await connection.read(agenda);
  if (record === null) throw refuseNetwork('GOVERNED_BY_REGISTRAR');
  return record;
}

/** Null where there is no such proposal. */
function viewOf(number: number, state: ProvedState): ProposalView | null {
  const proposal = state.record(proposals.value, proposals.key(proposalNumber(number)));
  if (proposal === null) return null;
  const own: Rules = state.record(rules.value, rules.key())!;
  const { voters } = state.record(agenda.value, agenda.key())!;
  const threshold = thresholdOf(proposal.action);
  const needed = partNeeded(own[threshold], voters);
  const how = stateOf(proposal, state.time);
  const missing = how === 'open' ? Math.max(0, needed - proposal.yes) : 0;
  return { number, proposal, state: how, threshold, voters, needed, missing };
}

function stateOf({ end, closes }: Proposal, time: Seconds): ProposalState {
  if (end !== null) return end.how;
  return closes <= time ? 'expired' : 'open';
}

/**
 * One proposal, without who voted how.
 *
 * @throws WardError `GOVERNED_BY_REGISTRAR`, `PROPOSAL_UNKNOWN`.
 */
export async function readProposalView(
  number: number,
  connection: Connection,
): Promise<ProposalView> {
  const state = await connection.prove([...FIXED_KEYS, proposals.key(proposalNumber(number))]);
  return knownView(number, state);
}

function knownView(number: number, state: ProvedState): ProposalView {
  if (state.bytes(agenda.key()) === null) throw refuseNetwork('GOVERNED_BY_REGISTRAR');
  const view = viewOf(number, state);
  if (view === null) throw refuseNetwork('PROPOSAL_UNKNOWN', { proposal: number });
  return view;
}

/**
 * A proposal with who voted how, and who has not yet.
 *
 * @throws WardError `GOVERNED_BY_REGISTRAR`, `PROPOSAL_UNKNOWN`.
 */
export async function readProposal(
  number: number,
  connection: Connection,
): Promise<ProposalDetails> {
  const members = await connection.organisations();
  const own = proposalNumber(number);
  const fixed = [...FIXED_KEYS, proposals.key(own)];
  const size = LEDGER_LIMITS.provedKeysMax - fixed.length;
  const ballots: Ballot[] = [];
  let view: ProposalView | undefined;
  for (let at = 0; at < members.length; at += size) {
    const page = members.slice(at, at + size);
    const state = await connection.prove([...fixed, ...page.map(({ id }) => votes.key(own, id))]);
    view = knownView(number, state);
    for (const member of page) ballots.push(ballotOf(member, own, state));
  }
  const said = ballots.filter(({ choice, mayVote }) => choice !== null || mayVote);
  return { ...view!, ballots: said };
}

function ballotOf(
  { id, organisation }: { readonly id: AccountId; readonly organisation: Organisation },
  number: Uint8Array,
  state: ProvedState,
): Ballot {
  const vote = state.record(votes.value, votes.key(number, id));
  return {
    ...{ organisation: id, name: organisation.name },
    ...{ choice: vote?.choice ?? null, time: vote?.time ?? null },
    mayVote: hasRight(organisation, 'vote'),
  };
}
