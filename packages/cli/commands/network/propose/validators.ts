import { toHex } from '@ward/protocol';
import { findOrganisation } from '../../../find/find-organisation.ts';
import { integer } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';
import { defineProposal, planOf } from './define-proposal.ts';
import { ORGANISATION } from './members.ts';

interface ValidatorProposal {
  readonly kind: 'add-validator' | 'remove-validator' | 'unjail-validator';
  readonly summary: string;
  readonly details?: string;
  /** What is done, before and behind the name of the organisation. */
  readonly wording: readonly [before: string, behind: string];
}

function defineValidator({ kind, summary, details, wording }: ValidatorProposal) {
  return defineProposal({
    ...{ name: kind, summary, args: { organisation: ORGANISATION } },
    ...(details === undefined ? {} : { details }),
    async plan({ args }, session) {
      const { id, organisation } = await findOrganisation(args.organisation, session);
      const who = `"${printable(organisation.name)}" (${toHex(id)})`;
      return planOf({ kind, organisation: id }, `${wording[0]} ${who}${wording[1]}`);
    },
  });
}

export const proposeAddValidator = defineValidator({
  kind: 'add-validator',
  summary: 'Propose that an organisation makes blocks, with the key that it registered',
  details: 'Its key is in force two blocks after the decision; its node should follow by then.',
  wording: ['let', ' make blocks'],
});

export const proposeRemoveValidator = defineValidator({
  kind: 'remove-validator',
  summary: 'Propose that an organisation makes no blocks any more',
  wording: ['let', ' make no blocks any more'],
});

export const proposeUnjailValidator = defineValidator({
  kind: 'unjail-validator',
  summary: 'Propose to end the jail of a validator: the only way after misbehaviour',
  wording: ['let', ' out of jail'],
});

export const proposeGrantStake = defineProposal({
  name: 'grant-stake',
  summary: 'Propose to make stake for an organisation',
  args: {
    organisation: ORGANISATION,
    amount: integer('AMOUNT', { min: 1, max: Number.MAX_SAFE_INTEGER }, 'minor units'),
  },
  async plan({ args: { organisation: wanted, amount } }, session) {
    const { id, organisation } = await findOrganisation(wanted, session);
    return planOf(
      { kind: 'grant-stake', organisation: id, amount },
      `grant ${amount} of stake to "${printable(organisation.name)}" (${toHex(id)})`,
    );
  },
});
