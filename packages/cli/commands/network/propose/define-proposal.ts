import type { Action } from '@ward/ledger/schema';
import type { Decision } from '@ward/sdk';
import { type Command, defineCommand } from '../../../frame/define-command.ts';
import { flag, type Parameter, type ValuesOf } from '../../../frame/parameters.ts';
import type { Screen } from '../../../frame/screen.ts';
import type { OrganisationSession } from '../../../frame/session.ts';
import { decisionJson, showDecision } from '../../../show/proposals.ts';

type Parameters = { readonly [name: string]: Parameter<unknown> };
type Network = OrganisationSession['ward']['network'];

/** What is proposed once the person is sure. */
export interface Plan {
  /** What follows "Propose to", without a question mark. */
  readonly wording: string;
  propose(network: Network): Promise<Decision>;
}

/** The plan of an action that is proposed as it is. */
export function planOf(action: Action, wording: string): Plan {
  return { wording, propose: (network) => network.propose(action) };
}

export interface ProposalSpec<A extends Parameters, O extends Parameters> {
  /** What stands behind `ward network propose`. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly args?: A;
  readonly options?: O;
  readonly examples?: readonly string[];
  plan(
    input: { readonly args: ValuesOf<A>; readonly options: ValuesOf<O> },
    session: OrganisationSession,
  ): Promise<Plan>;
}

/** Proposes once the person is sure, and tells what came of it. */
export async function putForward(
  { wording, propose }: Plan,
  options: { readonly yes: boolean },
  { ask, ward }: OrganisationSession,
) {
  await ask.confirm(`Propose to ${wording}, and vote yes?`, options);
  const decision = await propose(ward.network);
  return {
    json: decisionJson(decision),
    show: (screen: Screen) => showDecision(decision, screen),
  };
}

const YES = { yes: flag('do not ask whether you are sure') };

/** A command that puts something before the members, with a yes of one's own. */
export function defineProposal<
  A extends Parameters = Record<never, never>,
  O extends Parameters = Record<never, never>,
>(spec: ProposalSpec<A, O>): Command {
  const { name, summary, details, args = {}, options = {}, examples = [], plan } = spec;
  return defineCommand({
    ...{ name, summary, examples, owner: 'organisation' as const },
    ...(details === undefined ? {} : { details }),
    args: args as Parameters,
    options: { ...options, ...YES } as Parameters & typeof YES,
    async run({ args: given, options: { yes, ...others } }, session) {
      const own = { args: given, options: others };
      return putForward(await plan(own as never, session), { yes }, session);
    },
  });
}
