import { defineCommand } from '../../frame/define-command.ts';
import { LISTEN_OPTIONS, startServer } from '../../servers/start-server.ts';

export const witnessStart = defineCommand({
  name: 'start',
  summary: 'Run the witness until it is stopped',
  details:
    'Every two seconds it cosigns the newest head that verifies and leads to the one ' +
    'before. Once the ledger shows it two faces it keeps what proves it and cosigns nothing ' +
    'more: see ward ledger evidence list.',
  owner: 'nobody',
  options: LISTEN_OPTIONS,
  examples: ['ward --home watch witness start --listen 127.0.0.1:8084'],
  run: ({ options }, session) => startServer('witness', options, session),
});
