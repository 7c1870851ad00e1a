import { toHex } from '@ward/protocol';
import { findChart } from '../../find/find-chart.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { text } from '../../frame/parameters.ts';
import { showVaults, vaultJson, vaultRows } from '../../show/backlog.ts';
import { chartJson, keepersOf, stateOf, viewIfGiven } from '../../show/chart-rows.ts';
import { custodianJson, showCustodians } from '../../show/custodians.ts';

export const chartShow = defineCommand({
  name: 'show',
  summary: 'One chart: who keeps it, whether every vault has all of it and custodians answer',
  details:
    'A vault that was away when the chart changed gets now what it missed, if it answers; what ' +
    'it still lacks, or has not deleted, is told. For a custodian that has been away for a day, ' +
    'or has left, the command is told by which another takes its place.',
  owner: 'person',
  args: { chart: text('CHART', 'kind or id of the chart') },
  async run({ args }, { ward, names }) {
    const kept = findChart(args.chart, ward);
    const { outstanding } = await ward.charts.catchUp(kept.chart);
    const view = await viewIfGiven(kept, ward);
    const rows = vaultRows(kept.vaults, outstanding);
    const holders = view === undefined ? [] : await ward.charts.custodians(kept.chart);
    const others = holders.flatMap(({ organisation, by }) => [organisation, ...(by ? [by] : [])]);
    await names.learn([...kept.vaults, ...others]);
    return {
      json: {
        ...{ ...chartJson(kept, view), vaults: rows.map(vaultJson) },
        custodianStates: holders.map(custodianJson),
      },
      show: (screen) => {
        const state = stateOf(kept, view);
        screen.facts([
          ['chart', toHex(kept.chart)],
          ['kind', kept.kind],
          ['state', state, state === 'open' ? 'good' : 'warning'],
          ['custodians', keepersOf(kept, view, names).custodians],
        ]);
        screen.line();
        showVaults(rows, names, screen);
        showCustodians(kept.kind, holders, { names, screen });
      },
    };
  },
});
