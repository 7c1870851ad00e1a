import { toHex } from '@ward/protocol';
import { defineCommand } from '../../../frame/define-command.ts';
import { flag, integer } from '../../../frame/parameters.ts';
import type { OrganisationSession } from '../../../frame/session.ts';
import { receiptJson } from '../../../show/receipt.ts';
import { stakeFacts, stakeJson } from '../../../show/stake.ts';

type Network = OrganisationSession['ward']['network'];

interface Move {
  readonly name: 'bond' | 'unbond';
  readonly summary: string;
  readonly details: string;
  /** Behind the amount, in the question. */
  readonly wording: string;
  move(network: Network, amount: number): ReturnType<Network['bondStake']>;
}

function defineMove({ name, summary, details, wording, move }: Move) {
  return defineCommand({
    ...{ name, summary, details, owner: 'organisation' },
    args: { amount: integer('AMOUNT', { min: 1, max: Number.MAX_SAFE_INTEGER }, 'minor units') },
    options: { yes: flag('do not ask whether you are sure') },
    async run({ args: { amount }, options }, { ward, ask }) {
      await ask.confirm(`${amount} ${wording}`, options);
      const receipt = await move(ward.network, amount);
      const { account } = ward.keys;
      const stake = await ward.network.stake(account);
      return {
        json: { organisation: toHex(account), ...stakeJson(stake), ...receiptJson(receipt) },
        show: (screen) => screen.facts(stakeFacts(stake)),
      };
    },
  });
}

export const stakeBond = defineMove({
  name: 'bond',
  summary: 'Put free stake behind the own validator',
  details: 'What is bonded may be burned: a part for long absence, more for misbehaviour.',
  wording: 'behind the own validator, at stake?',
  move: (network, amount) => network.bondStake(amount),
});

export const stakeUnbond = defineMove({
  name: 'unbond',
  summary: 'Take stake back, which is free when the time of unbonding has passed',
  details: 'Until then it is still at stake: ward network rules says how long that is.',
  wording: 'back from the own validator?',
  move: (network, amount) => network.unbondStake(amount),
});
