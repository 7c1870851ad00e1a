import { CHART_KINDS, CHART_LIMITS } from '@ward/charts';
import { toHex, word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { chooseOrganisations, type Member } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, integer, many, oneOf, optional, text } from '../../frame/parameters.ts';

/** More than half, and at least three where there are so many. */
function adviceFor(count: number): number {
  return Math.max(Math.min(3, count), Math.floor(count / 2) + 1);
}

export const chartCreate = defineCommand({
  name: 'create',
  summary: 'Make a chart: keys, vaults that store it, custodians that guard its release key',
  details:
    'Vaults store ciphertext. Custodians each get a share of the release key: so many of them as ' +
    '--threshold says must agree before anybody but you and the author can open a unit.',
  owner: 'person',
  args: { kind: oneOf(CHART_KINDS, 'KIND', 'what the chart is for') },
  options: {
    vault: many(text('ORGANISATION', 'organisation whose vault stores the chart')),
    custodian: many(text('ORGANISATION', 'organisation that becomes a custodian')),
    threshold: optional(
      integer('COUNT', { min: 1, max: CHART_LIMITS.custodiansMax }, 'how many must agree'),
      'more than half, at least 3',
    ),
    offline: flag('no custodians: whoever is granted reads without a log (emergency summary)'),
  },
  examples: [
    'ward chart create general',
    'ward chart create medications --vault "Hospital A" --custodian laboratory ' +
      '--custodian pharmacy --custodian payer --threshold 2',
  ],
  async run({ args, options }, session) {
    const { ward } = session;
    const isBoth = options.offline && options.custodian.length > 0;
    if (isBoth) {
      throw refuse('FLAGS_CONFLICT', { flag: word('--offline'), other: word('--custodian') });
    }
    const vaults = await chooseOrganisations(options.vault, VAULTS, session);
    const custodians = options.offline
      ? []
      : await chooseOrganisations(options.custodian, CUSTODIANS, session);
    const threshold = options.threshold ?? adviceFor(custodians.length);
    const chart = await ward.charts.create({
      kind: args.kind,
      vaults: vaults.map(({ id }) => id),
      custodians: custodians.map(({ id }) => id),
      threshold,
    });
    const id = toHex(chart);
    return {
      json: {
        ...{ chart: id, kind: args.kind, threshold: options.offline ? null : threshold },
        vaults: vaults.map((each) => toHex(each.id)),
        custodians: custodians.map((each) => toHex(each.id)),
      },
      show: (screen) => {
        screen.line(`The ${args.kind} chart is made.`, 'good');
        screen.facts([
          ['chart', id],
          ['vaults', namesOf(vaults)],
          ['custodians', options.offline ? 'none' : `${threshold} of ${namesOf(custodians)}`],
        ]);
      },
    };
  },
});

const VAULTS = {
  message: 'Which organisations store the chart?',
  flag: word('--vault'),
  isFit: ({ endpoints }: Member['organisation']) => endpoints.vault !== null,
};

const CUSTODIANS = {
  message: 'Which organisations become custodians?',
  flag: word('--custodian'),
  isFit: ({ custodian, endpoints }: Member['organisation']) =>
    custodian !== null && endpoints.custodian !== null,
};

function namesOf(members: readonly Member[]): string {
  return members.map(({ organisation }) => organisation.name).join(', ');
}
