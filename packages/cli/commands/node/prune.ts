import { defineCommand } from '../../frame/define-command.ts';
import { flag, integer } from '../../frame/parameters.ts';
import { BLOCKS_MAX, serverHome } from '../../servers/start-server.ts';

export const nodePrune = defineCommand({
  name: 'prune',
  summary: 'Drop old blocks of a node now, whether it runs or not',
  details:
    'A node that runs does it in the next moment when nothing else waits; with the setting ' +
    'keep-blocks it does so by itself. The state stays whole: what is dropped are receipts of ' +
    'old transactions, and what newcomers without a snapshot begin with. Blocks of the last ' +
    'four minutes stay. What CometBFT keeps goes when no evidence of it can come any more.',
  owner: 'nobody',
  options: {
    keep: integer('COUNT', { min: 1, max: BLOCKS_MAX }, 'newest blocks to keep'),
    yes: flag('do not ask'),
  },
  examples: ['ward --home clinic node prune --keep 500000'],
  async run({ options: { keep: keptBlocks, yes } }, session) {
    await session.ask.confirm('Drop all older blocks for good?', { yes });
    const { pruneNode } = await import('@ward/node');
    const { crypto } = session.platform;
    const oldest = await pruneNode({ home: serverHome(session, 'node'), keptBlocks, crypto });
    return {
      json: { oldest },
      show: (screen) => screen.line(`The oldest block that is kept is ${oldest}.`, 'good'),
    };
  },
});
