import { defineCommand } from '../../frame/define-command.ts';
import { LISTEN_OPTIONS, startServer } from '../../servers/start-server.ts';

export const vaultStart = defineCommand({
  name: 'start',
  summary: "Run the organisation's vault until it is stopped",
  owner: 'nobody',
  options: LISTEN_OPTIONS,
  examples: ['ward --home hospital-b vault start --listen 127.0.0.1:8081'],
  run: ({ options }, session) => startServer('vault', options, session),
});
