import { defineCommand } from '../../frame/define-command.ts';
import { integer, optional, path, text } from '../../frame/parameters.ts';
import { BLOCKS_MAX, LISTEN_OPTIONS, startServer } from '../../servers/start-server.ts';

export const nodeStart = defineCommand({
  name: 'start',
  summary: "Run the organisation's node until it is stopped",
  details:
    'It may be killed at any time: the next start recovers all that was acknowledged. A flag ' +
    'goes before the environment, the environment before the configuration file: ward config ' +
    'show node prints each setting and where it comes from.',
  owner: 'nobody',
  options: {
    ...LISTEN_OPTIONS,
    ingressFolder: optional(path('FOLDER', 'folder for sockets that take frames of services')),
    workers: optional(
      integer('COUNT', { min: 0, max: 256 }, 'threads that verify'),
      'by the cores',
    ),
    keepBlocks: optional(
      integer('COUNT', { min: 0, max: BLOCKS_MAX }, 'newest blocks to keep, 0 for all'),
      'all',
    ),
    snapshotBlocks: optional(
      integer('COUNT', { min: 0, max: BLOCKS_MAX }, 'blocks from one snapshot to the next'),
    ),
    lightListen: optional(text('HOST:PORT', 'where nodes that join ask for headers')),
  },
  examples: ['ward --home clinic node start --listen 127.0.0.1:8080'],
  run: ({ options: { workers, keepBlocks, snapshotBlocks, ...options } }, session) => {
    const counts = { workers, keepBlocks, snapshotBlocks };
    const texts = Object.entries(counts).map(([name, count]) => [name, count?.toString()]);
    return startServer('node', { ...options, ...Object.fromEntries(texts) }, session);
  },
});
