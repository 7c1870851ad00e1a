import { defineCommand } from '../../frame/define-command.ts';
import { counted } from '../../show/times.ts';

export const ledgerVerify = defineCommand({
  name: 'verify',
  summary: 'Walk the whole chain: every header, transaction, signature and result',
  details:
    'From the first block, or the checkpoint of the network file, to the newest. Exit status 4 ' +
    'when anything does not verify.',
  owner: 'anyone',
  async run(_, { ward, progress }) {
    const bar = progress('Verifying');
    const range = { from: 0, to: 0 };
    let transactions = 0;
    let applied = 0;
    const walk = ward.ledger.walk({ onStart: (known) => Object.assign(range, known) });
    for await (const { height, transactions: own } of walk) {
      transactions += own.length;
      applied += own.filter(({ verdict }) => verdict.kind === 'applied').length;
      bar.update({ done: height - range.from, total: range.to - range.from, unit: 'blocks' });
    }
    bar.end();
    const refused = transactions - applied;
    const blocks = range.to - range.from + 1;
    return {
      json: { verified: true, ...range, blocks, transactions, applied, refused },
      show: (screen) => {
        screen.line(`${counted(blocks, 'block')} verified, ${range.from} to ${range.to}.`, 'good');
        screen.facts([
          ['transactions', `${transactions}`],
          ['applied', `${applied}`],
          ['refused', `${refused}`],
        ]);
      },
    };
  },
});
