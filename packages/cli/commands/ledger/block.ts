import { Outcome } from '@ward/ledger/schema';
import { headerHash, parseTransaction, toHex } from '@ward/protocol';
import { describeTransaction } from '@ward/sdk';
import { defineCommand } from '../../frame/define-command.ts';
import { integer, optional } from '../../frame/parameters.ts';
import { isoTime } from '../../show/times.ts';
import { showTransactions } from '../../show/transactions.ts';

export const ledgerBlock = defineCommand({
  name: 'block',
  summary: 'A block with its transactions, verified',
  owner: 'anyone',
  args: {
    height: optional(
      integer(
        'HEIGHT',
        { min: 1, max: Number.MAX_SAFE_INTEGER },
        'height; the newest where left out',
      ),
    ),
  },
  async run({ args }, { ward }) {
    const { crypto } = ward.connection.realm;
    // What came of a block's transactions stands in the header after it.
    const height = args.height ?? (await ward.ledger.head()).header.height - 1;
    const { block, transactions, results } = await ward.ledger.block(height);
    const { header } = block;
    const described = transactions.map((bytes, i) =>
      describeTransaction({
        transaction: parseTransaction(bytes, crypto),
        verdict: Outcome.decode(results[i]!.data).verdict,
      }),
    );
    const hash = toHex(headerHash(header, crypto));
    const time = isoTime(header.time.seconds);
    return {
      json: {
        ...{ height: header.height, hash, time, appHash: toHex(header.appHash) },
        transactions: described,
      },
      show: (screen) => {
        screen.facts([
          ['height', `${header.height}`],
          ['hash', hash],
          ['time', time],
          ['state before', toHex(header.appHash)],
        ]);
        screen.line();
        showTransactions(described, screen);
      },
    };
  },
});
