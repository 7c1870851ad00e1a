import { defineCommand } from '../../frame/define-command.ts';
import { LISTEN_OPTIONS, startServer } from '../../servers/start-server.ts';

export const custodianStart = defineCommand({
  name: 'start',
  summary: "Run the organisation's custodian until it is stopped",
  owner: 'nobody',
  options: LISTEN_OPTIONS,
  examples: ['ward --home laboratory custodian start --listen 127.0.0.1:8082'],
  run: ({ options }, session) => startServer('custodian', options, session),
});
