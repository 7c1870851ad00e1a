import { toHex } from '@ward/protocol';
import { defineCommand } from '../../../frame/define-command.ts';
import { stakeJson, unbondingText } from '../../../show/stake.ts';

export const stakeList = defineCommand({
  name: 'list',
  summary: 'All stake that there is, and whose it is, proved',
  owner: 'anyone',
  async run(_, { ward, names }) {
    const { supply, holders } = await ward.network.stakes();
    await names.learn(holders.map(({ organisation }) => organisation));
    const { granted, burned } = supply;
    return {
      json: {
        ...{ granted, burned },
        stakes: holders.map(({ organisation, stake }) => ({
          ...{ organisation: toHex(organisation), name: names.of(organisation) },
          ...stakeJson(stake),
        })),
      },
      show: (screen) => {
        screen.table(
          [
            { title: 'organisation', mayShrink: true },
            { title: 'free' },
            { title: 'bonded' },
            { title: 'on its way back', mayShrink: true },
          ],
          holders.map(({ organisation, stake }) => [
            ...[names.of(organisation), `${stake.free}`, `${stake.bonded}`],
            unbondingText(stake),
          ]),
          'Nobody has any stake.',
        );
        screen.line();
        screen.line(`${granted} were granted, ${burned} of them burned.`, 'quiet');
      },
    };
  },
});
