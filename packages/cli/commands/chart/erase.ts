import { toHex } from '@ward/protocol';
import { findChart } from '../../find/find-chart.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, text } from '../../frame/parameters.ts';
import { erasureJson, showErasure } from '../../show/erasure.ts';

export const chartErase = defineCommand({
  name: 'erase',
  summary: 'Erase a chart: nobody can open it any more, not even you',
  details:
    'Custodians refuse from now on and delete their shares after 21 days, vaults delete what ' +
    'they store, this wallet forgets its keys. Who opened a record before may have kept it.',
  owner: 'person',
  args: { chart: text('CHART', 'kind or id of the chart') },
  options: { yes: flag('do not ask whether you are sure') },
  async run({ args, options }, { ward, ask, names }) {
    const { chart, kind } = findChart(args.chart, ward);
    await ask.confirm(`Erase the ${kind} chart for good? Nobody can bring it back.`, options);
    const erasure = await ward.charts.erase(chart);
    const signed = erasure.receipts.map(({ organisation }) => organisation);
    await names.learn([...signed, ...erasure.outstanding]);
    return {
      json: { chart: toHex(chart), kind, ...erasureJson(erasure) },
      show: (screen) => {
        screen.line(`The ${kind} chart is erased.`, 'good');
        showErasure(erasure, names, screen);
      },
    };
  },
});
