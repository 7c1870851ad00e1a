import { defineCommand } from '../../frame/define-command.ts';
import { serverHome } from '../../servers/start-server.ts';

export const nodeSnapshot = defineCommand({
  name: 'snapshot',
  summary: 'Have a node that runs make a snapshot now, for nodes that join',
  details:
    'A node with peers makes one by itself every so many blocks, at the same heights as all ' +
    'others. This one is of the newest block, for one that joins by this node alone.',
  owner: 'nobody',
  examples: ['ward --home clinic node snapshot'],
  async run(_, session) {
    const { orderSnapshot } = await import('@ward/node');
    const height = await orderSnapshot(serverHome(session, 'node'));
    return {
      json: { height },
      show: (screen) => screen.line(`There is a snapshot of block ${height}.`, 'good'),
    };
  },
});
