import { toHex, word } from '@ward/protocol';
import { refuse } from '../../../errors.ts';
import { findChart } from '../../../find/find-chart.ts';
import { findOrganisations } from '../../../find/find-organisation.ts';
import { defineCommand } from '../../../frame/define-command.ts';
import { many, text } from '../../../frame/parameters.ts';

export const custodianReplace = defineCommand({
  name: 'replace',
  summary: 'Have another organisation take the place of a custodian that is dead or not trusted',
  details:
    'The release keys are dealt anew: every unit opens as before, and the old custodian is asked ' +
    'for nothing. All that stay have to answer; name every custodian that does not in one call, ' +
    'each with its successor, in the same order. New units come under a new release key.',
  owner: 'person',
  args: { chart: text('CHART', 'kind or id of the chart') },
  options: {
    custodian: many(text('ORGANISATION', 'custodian that is replaced')),
    by: many(text('ORGANISATION', 'who takes its place')),
  },
  examples: ['ward chart custodian replace general --custodian laboratory --by insurer'],
  async run({ args, options }, session) {
    const { ward } = session;
    const { chart, kind } = findChart(args.chart, ward);
    if (options.custodian.length !== options.by.length) {
      throw refuse('FLAGS_CONFLICT', { flag: word('--custodian'), other: word('--by') });
    }
    const members = await findOrganisations([...options.custodian, ...options.by], session);
    const count = options.custodian.length;
    const replacements = options.custodian.map((_, i) => ({
      custodian: members[i]!.id,
      by: members[count + i]!.id,
    }));
    const { header } = await ward.charts.replaceCustodians(chart, replacements);
    const { version } = header;
    return {
      json: {
        ...{ chart: toHex(chart), kind, version },
        replaced: replacements.map(({ custodian, by }) => ({
          ...{ custodian: toHex(custodian), by: toHex(by) },
        })),
      },
      show: (screen) => {
        for (const [i, member] of members.slice(0, count).entries()) {
          const next = members[count + i]!.organisation.name;
          screen.line(`${next} has taken the place of ${member.organisation.name}.`, 'good');
        }
        screen.line('Next: ward wallet backup FILE, for the new release key.');
      },
    };
  },
});
