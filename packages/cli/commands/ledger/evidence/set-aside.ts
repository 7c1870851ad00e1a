import { evidenceOf } from '../../../frame/alarm.ts';
import { defineCommand } from '../../../frame/define-command.ts';
import { flag } from '../../../frame/parameters.ts';
import { counted } from '../../../show/times.ts';

export const evidenceSetAside = defineCommand({
  name: 'set-aside',
  summary: 'Believe the ledger again, in spite of what was seen',
  details:
    'For when it is known what happened: a witness whose key was stolen and is out of the ' +
    'network file, a fork that the members have judged. Nothing is deleted: what was seen ' +
    'moves into the folder evidence/set-aside. Servers have to be started again.',
  owner: 'nobody',
  options: { yes: flag('do not ask') },
  async run({ options }, { home, platform, ask }) {
    const found = evidenceOf(home, platform);
    const count = found.reduce((sum, { kept }) => sum + kept.length, 0);
    if (count > 0) {
      const question = `Set ${counted(count, 'piece')} of evidence aside, and believe again?`;
      await ask.confirm(question, options);
    }
    for (const { folder } of found) folder.setAside();
    return {
      json: { setAside: count },
      show: (screen) => {
        if (count === 0) screen.line('There is no evidence here.', 'quiet');
        else screen.line(`${counted(count, 'piece')} of evidence set aside, nothing deleted.`);
      },
    };
  },
});
