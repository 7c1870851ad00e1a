import { readLogs } from '../../find/read-logs.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { optional, text } from '../../frame/parameters.ts';
import { logJson, showLog } from '../../show/access-rows.ts';

export const accessLog = defineCommand({
  name: 'log',
  summary: 'Who looked: when, who, why, which units; and who was refused',
  details:
    'For every grant ever made the entries are walked to the first slot that the ledger proves ' +
    'empty, so that none can be hidden. An entry of which no custodian told is UNEXPLAINED: ask ' +
    'the organisation that wrote it.',
  owner: 'person',
  args: { chart: optional(text('CHART', 'kind or id of the chart; all where left out')) },
  async run({ args }, session) {
    const logs = await readLogs(args.chart, session);
    return {
      json: { charts: logs.map(logJson) },
      show: (screen) => {
        for (const [i, log] of logs.entries()) {
          if (i > 0) screen.line();
          showLog(log, session.names, screen);
        }
        if (logs.length === 0) screen.line('There are no charts yet.', 'quiet');
      },
    };
  },
});
