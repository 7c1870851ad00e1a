import { ConsensusRules, Rules } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { printable } from '../../frame/printable.ts';
import { ruleFacts } from '../../show/rules.ts';
import { isoTime } from '../../show/times.ts';

export const networkRules = defineCommand({
  name: 'rules',
  summary: 'By what the members decide and make blocks, which release runs, whether it is halted',
  owner: 'anyone',
  async run(_, { ward }) {
    const { rules, consensus, voters, haltedSince, height } = await ward.network.rules();
    const { current, plan, own } = await ward.network.release();
    const halted = haltedSince === null ? null : isoTime(haltedSince);
    return {
      json: {
        ...{ height, voters, haltedSince: halted },
        ...{ rules: Rules.toJson(rules), consensus: ConsensusRules.toJson(consensus) },
        release: {
          ...{ current, own },
          plan: plan && { name: plan.name, height: plan.height, digest: toHex(plan.digest) },
        },
      },
      show: (screen) => {
        screen.facts([
          ['votes', `${voters}`],
          ['halted', halted === null ? 'no' : `since ${halted}`, halted === null ? 'good' : 'bad'],
          ['release', `${printable(current)}; this software is ${own}`],
          ['planned', plan === null ? 'nothing' : `${printable(plan.name)} from ${plan.height} on`],
          ['digest', plan === null ? undefined : `${toHex(plan.digest)} (SHA-256)`],
        ]);
        screen.line();
        screen.line('Rules of the members:', 'quiet');
        screen.facts(ruleFacts(rules));
        screen.line();
        screen.line('Parameters of the engine:', 'quiet');
        screen.facts(ruleFacts(consensus));
      },
    };
  },
});
