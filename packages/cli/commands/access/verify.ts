import { readLogs } from '../../find/read-logs.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { optional, text } from '../../frame/parameters.ts';
import { logJson } from '../../show/access-rows.ts';
import { counted } from '../../show/times.ts';

export const accessVerify = defineCommand({
  name: 'verify',
  summary: 'Prove the log complete; fails when something stays unexplained',
  details:
    'Exit status 4 when an entry stands on the ledger of which no custodian told, or when a ' +
    'grant could not be walked to its end.',
  owner: 'person',
  args: { chart: optional(text('CHART', 'kind or id of the chart; all where left out')) },
  async run({ args }, session) {
    const logs = await readLogs(args.chart, session);
    const charts = logs.map(logJson);
    const isVerified = charts.every(({ whole, unexplained }) => whole && unexplained === 0);
    return {
      json: { verified: isVerified, charts },
      exitCode: isVerified ? EXIT.ok : EXIT.unverified,
      show: (screen) => {
        for (const { kind, openings, grants, unexplained, whole, height } of charts) {
          if (grants.length === 0 && openings.length === 0 && whole) {
            screen.line(`${kind}: no grant was ever made`, 'good');
            continue;
          }
          const on = counted(grants.length, 'grant');
          const looked = `${counted(openings.length, 'opening')} on ${on}`;
          const isGood = whole && unexplained === 0;
          const verdict = isGood
            ? `complete and explained${height === null ? '' : `, at height ${height}`}`
            : `${unexplained} unexplained${whole ? '' : ', not every grant could be walked'}`;
          screen.line(`${kind}: ${looked}: ${verdict}`, isGood ? 'good' : 'bad');
        }
        if (!isVerified) screen.line('Next: ward access log, and ask the organisations it names.');
        if (charts.length === 0) screen.line('There are no charts yet.', 'quiet');
      },
    };
  },
});
