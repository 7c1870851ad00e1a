import { defineCommand } from '../../frame/define-command.ts';
import { integer, optional, path } from '../../frame/parameters.ts';
import { LISTEN_OPTIONS, startServer } from '../../servers/start-server.ts';

export const nodeStart = defineCommand({
  name: 'start',
  summary: "Run the organisation's node until it is stopped",
  details: 'It may be killed at any time: the next start recovers all that was acknowledged.',
  owner: 'nobody',
  options: {
    ...LISTEN_OPTIONS,
    ingressFolder: optional(path('FOLDER', 'folder for sockets that take frames of services')),
    workers: optional(
      integer('COUNT', { min: 0, max: 256 }, 'threads that verify'),
      'by the cores',
    ),
  },
  examples: ['ward --home clinic node start --listen 127.0.0.1:8080'],
  run: ({ options: { workers, ...options } }, session) =>
    startServer('node', { ...options, workers: workers?.toString() }, session),
});
