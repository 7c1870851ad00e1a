import { join } from 'node:path';
import { toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { serverHome } from '../../servers/start-server.ts';
import { isoTime } from '../../show/times.ts';

export const nodeSnapshots = defineCommand({
  name: 'snapshots',
  summary: 'List the snapshots that nodes which join may take from this one',
  details:
    'A node with peers makes one by itself every so many blocks and keeps two. Their bytes are ' +
    'the same on every node of the network.',
  owner: 'nobody',
  examples: ['ward --home clinic node snapshots'],
  async run(_, session) {
    const { listSnapshots } = await import('@ward/engine');
    const folder = join(serverHome(session, 'node'), 'snapshots');
    const snapshots = listSnapshots(folder, session.platform.crypto).map(
      ({ snapshot: { height, time, appHash }, chunks, hash }) => ({
        ...{ height, time, chunks },
        appHash: toHex(appHash),
        hash: toHex(hash),
      }),
    );
    return {
      json: { snapshots },
      show: (screen) => {
        if (snapshots.length === 0) screen.line('There is none yet.');
        for (const { height, time, chunks, hash, appHash } of snapshots) {
          screen.line(`Block ${height}`, 'good');
          screen.facts([
            ['time', isoTime(time)],
            ['chunks', `${chunks}`],
            ['hash', hash],
            ['app hash', appHash],
          ]);
        }
      },
    };
  },
});
