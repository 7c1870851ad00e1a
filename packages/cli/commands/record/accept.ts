import { toHex } from '@ward/protocol';
import { findChart } from '../../find/find-chart.ts';
import { findOrganisation } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { text } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';

export const recordAccept = defineCommand({
  name: 'accept',
  summary: 'List an organisation that wrote unasked, so that readers of the chart see its units',
  details: 'Its units show as "unsolicited" until then, and nobody but you sees them.',
  owner: 'person',
  args: {
    chart: text('CHART', 'kind or id of the chart'),
    organisation: text('ORGANISATION', 'organisation, by name or id'),
  },
  async run({ args }, session) {
    const { ward } = session;
    const { chart, kind } = findChart(args.chart, ward);
    const { id, organisation } = await findOrganisation(args.organisation, session);
    await ward.records.accept(chart, id);
    const name = printable(organisation.name);
    return {
      json: { chart: toHex(chart), kind, organisation: toHex(id) },
      show: (screen) => screen.line(`${name} is a source of your ${kind} chart.`, 'good'),
    };
  },
});
