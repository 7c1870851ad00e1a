import { toHex } from '@ward/protocol';
import { defineCommand } from '../../../frame/define-command.ts';
import { receiptJson } from '../../../show/receipt.ts';

export const validatorUnjail = defineCommand({
  name: 'unjail',
  summary: 'End the jail of the own validator, once the time for its absence has passed',
  details:
    'A jail for misbehaviour ends by a vote alone: ward network propose unjail-validator. Start ' +
    'the node first, or it is jailed again.',
  owner: 'organisation',
  async run(_, { ward }) {
    const receipt = await ward.network.unjailValidator();
    return {
      json: { organisation: toHex(ward.keys.account), ...receiptJson(receipt) },
      show: (screen) => screen.line('The validator is not in jail any more.', 'good'),
    };
  },
});
