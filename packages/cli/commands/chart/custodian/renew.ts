import { toHex } from '@ward/protocol';
import { findChart } from '../../../find/find-chart.ts';
import { defineCommand } from '../../../frame/define-command.ts';
import { text } from '../../../frame/parameters.ts';

export const custodianRenew = defineCommand({
  name: 'renew',
  summary: 'Deal a new release key for new units, after a thief had the wallet',
  details:
    'Whoever copied the wallet has the secrets of its release keys, also after the chart was ' +
    'taken back with its cold key. New units come under a key that only this wallet has the ' +
    'secret of; those from before stay with theirs.',
  owner: 'person',
  args: { chart: text('CHART', 'kind or id of the chart') },
  async run({ args }, { ward }) {
    const { chart, kind } = findChart(args.chart, ward);
    const { header } = await ward.charts.renewRelease(chart);
    const { version, releases } = header;
    return {
      json: { chart: toHex(chart), kind, version, releases: releases.length },
      show: (screen) => {
        screen.line(`New units of the ${kind} chart come under a new release key.`, 'good');
        screen.line('Next: ward wallet backup FILE, for the new release key.');
      },
    };
  },
});
