// A patient proves who looked into a chart: as CSV, for a spreadsheet or a complaint.
//
//   npm start -- --home sandbox        in one terminal
//   node examples/audit-log.ts sandbox > looked.csv
//
// Reads every wallet of the sandbox that is not open elsewhere.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@ward/protocol';
import { isWholeLog, type PersonWard } from '@ward/sdk';
import { homeKind, openPerson } from '@ward/sdk/node';
import { sandboxFolder } from './open-sandbox.ts';

const sandbox = sandboxFolder();
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
let isComplete = true;

async function printLogs({ charts, access, directory }: PersonWard): Promise<void> {
  const members = await directory.list();
  const nameOf = (id: Uint8Array) =>
    members.find((member) => toHex(member.id) === toHex(id))?.organisation.name ?? toHex(id);
  for (const kept of charts.list()) {
    const log = await access.log(kept.chart);
    for (const { time, grantee, actor, entry, isUnexplained } of log.openings) {
      const when = new Date(time * 1000).toISOString();
      const who = isUnexplained ? 'nobody said who' : `${actor?.name ?? 'unsigned'}`;
      const why = entry === undefined ? '' : `${entry.purpose} ${entry.reason}`;
      const what = `${entry?.labels.length ?? 'unknown'} units`;
      const cells = [when, kept.kind, nameOf(grantee), who, why, what];
      console.log(cells.map(quoted).join(','));
    }
    for (const { time, grantee, verdict } of log.refusals) {
      const when = new Date(time * 1000).toISOString();
      console.log([when, kept.kind, nameOf(grantee), 'refused', verdict, ''].map(quoted).join(','));
    }
    // Every grant was walked to a slot that the ledger proves empty: there is nothing behind it.
    isComplete &&= isWholeLog(log, kept);
  }
}

console.log('when,chart,organisation,who,why,what');
for (const folder of readdirSync(join(sandbox, 'patients'))) {
  const path = join(sandbox, 'patients', folder);
  if (homeKind(path) !== 'person') continue;
  const { ward, close } = await openPerson({ path });
  await printLogs(ward);
  close();
}
console.error(isComplete ? 'complete: nothing else was opened' : 'NOT complete');
process.exitCode = isComplete ? 0 : 1;
