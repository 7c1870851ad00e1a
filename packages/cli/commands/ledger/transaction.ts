import { Outcome } from '@ward/ledger/schema';
import { parseHex, toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { hex } from '../../frame/parameters.ts';
import { receiptJson } from '../../show/receipt.ts';

export const ledgerTransaction = defineCommand({
  name: 'tx',
  summary: 'Where a transaction stands and what came of it, proved by two headers',
  owner: 'anyone',
  args: { id: hex('ID', { bytes: 32 }, 'id of the transaction, whole') },
  async run({ args }, { ward }) {
    const receipt = await ward.ledger.receipt(parseHex(args.id));
    const { verdict } = Outcome.decode(receipt.result.data);
    const isApplied = verdict.kind === 'applied';
    const place = receiptJson(receipt);
    const envelope = toHex(receipt.envelopeDigest);
    return {
      json: {
        ...{ ...place, envelopeDigest: envelope, applied: isApplied },
        refusal: isApplied ? null : { code: verdict.code, message: verdict.message },
      },
      show: (screen) =>
        screen.facts([
          ['transaction', place.transaction],
          ['block', `${place.height}, ${place.time}`],
          ['result', isApplied ? 'applied' : verdict.code, isApplied ? 'good' : 'bad'],
          ['message', isApplied || verdict.message === null ? undefined : `${verdict.message}`],
          ['envelope', `${envelope} (SHA-256)`],
        ]),
    };
  },
});
