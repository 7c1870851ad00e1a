import { toHex } from '@ward/protocol';
import { findChart } from '../../find/find-chart.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, text } from '../../frame/parameters.ts';

export const chartRotate = defineCommand({
  name: 'rotate',
  summary: 'Begin a new epoch, or take the chart back from a thief with its cold key',
  details:
    'A new epoch: what is written from now on is under a key that only those hold who are ' +
    'granted now. With --cold the chart gets new keys altogether, and whoever had the old ones ' +
    'has nothing.',
  owner: 'person',
  args: { chart: text('CHART', 'kind or id of the chart') },
  options: {
    cold: flag('new keys from the cold key, which stands in the backup'),
    yes: flag('do not ask whether you are sure (with --cold)'),
  },
  async run({ args, options }, { ward, ask }) {
    const { chart, kind } = findChart(args.chart, ward);
    if (options.cold) {
      const question = `Take the ${kind} chart away from whoever has its keys now, for good?`;
      await ask.confirm(question, options);
    }
    const rotate = options.cold ? ward.charts.rotateCold : ward.charts.rotate;
    const { header } = await rotate(chart);
    const { epoch, version } = header;
    return {
      json: { chart: toHex(chart), kind, epoch: epoch.number, version, cold: options.cold },
      show: (screen) => {
        screen.line(`Epoch ${epoch.number} of the ${kind} chart has begun.`, 'good');
        if (options.cold) screen.line('Next: ward wallet backup FILE, for the new cold key.');
      },
    };
  },
});
