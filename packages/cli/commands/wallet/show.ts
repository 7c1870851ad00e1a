import { toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { printable } from '../../frame/printable.ts';
import { isoTime } from '../../show/times.ts';

export const walletShow = defineCommand({
  name: 'show',
  summary: 'What the wallet holds: charts, grants, and whether cold keys still lie here',
  owner: 'person',
  async run(_, { ward, home }) {
    const { label, madeAt } = ward.keys.state;
    const { charts } = ward.keys;
    const coldKeys = charts.reduce((sum, { coldSeeds }) => sum + coldSeeds.size, 0);
    const grants = charts.reduce((sum, kept) => sum + kept.grants.size, 0);
    const network = toHex(ward.connection.networkFile.network);
    const made = isoTime(madeAt);
    const json = { home, label, network, made, charts: charts.length, grants, coldKeys };
    return {
      json,
      show: (screen) => {
        screen.facts([
          ['home', home],
          ['name', label === '' ? undefined : printable(label)],
          ['made', made],
          ['network', network],
          ['charts', `${charts.length}`],
          ['grants ever made', `${grants}`],
          ['cold keys here', `${coldKeys}`, coldKeys > 0 ? 'warning' : undefined],
        ]);
        if (coldKeys === 0) return;
        screen.line();
        screen.line(
          'Cold keys take charts back from a thief, if the thief does not have them too.',
        );
        screen.line(
          'Next: ward wallet backup FILE --forget-cold-keys, and keep the file elsewhere',
        );
      },
    };
  },
});
