import { toHex } from '@ward/protocol';
import { findOwnGrant } from '../../find/find-grant.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { text } from '../../frame/parameters.ts';
import { showAway, vaultsOf } from '../../show/backlog.ts';

export const consentRevoke = defineCommand({
  name: 'revoke',
  summary: 'Take a grant back: from the next block on custodians refuse',
  details:
    'What is written from now on is under a key that the organisation never had. What it opened ' +
    'before it has seen, and cannot unsee. There is no question: taking back is as easy as giving.',
  owner: 'person',
  args: { grant: text('GRANT', 'id of the grant, or the organisation where it has one') },
  examples: ['ward consent revoke 91d00e3c', 'ward consent revoke "Hospital B"'],
  async run({ args }, { ward, names }) {
    const { kept, listed } = await findOwnGrant(args.grant, { ward, names });
    const { grantee } = listed.grant;
    const { header } = await ward.consent.revoke(kept.chart, listed.leaf);
    const away = vaultsOf(ward.charts.backlog(kept.chart));
    await names.learn(away);
    return {
      json: {
        ...{ grant: toHex(listed.leaf), chart: toHex(kept.chart), kind: kept.kind },
        ...{ grantee: toHex(grantee), epoch: header.epoch.number, version: header.version },
        away: away.map((id) => toHex(id)),
      },
      show: (screen) => {
        const name = names.of(grantee);
        screen.line(`${name} is granted your ${kept.kind} chart no more.`, 'good');
        screen.line('Custodians refuse from the next block they see, at most 60 seconds later.');
        showAway(away, names, screen);
        screen.line('What was opened before cannot be unseen: ward access log');
      },
    };
  },
});
