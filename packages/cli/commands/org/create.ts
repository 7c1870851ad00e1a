import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from '@ward/ledger/schema';
import { toHex, word } from '@ward/protocol';
import { Application } from '@ward/sdk';
import { homeKind, openOrganisation } from '@ward/sdk/node';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { jsonText, onFiles } from '../../frame/files.ts';
import { putNetworkFile, TRUST_OPTIONS } from '../../frame/make-home.ts';
import { homeOptions, onHome } from '../../frame/open-session.ts';
import { many, oneOf, optional, path, text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { endpointsOf, PROFILE_OPTIONS } from '../../input/organisation-profile.ts';

export const orgCreate = defineCommand({
  name: 'create',
  summary: "Make an organisation's keys, and the application by which a registrar admits it",
  details:
    'All keys are made here and stay here; the application holds only what is public. Run it ' +
    'again in the same home to write the application anew, with other endpoints. Servers are ' +
    'made once it is admitted: ward vault init, ward custodian init.',
  owner: 'nobody',
  options: {
    name: optional(text('TEXT', 'what the organisation is called')),
    role: many(oneOf(ROLES, 'ROLE', 'what it is')),
    ...PROFILE_OPTIONS,
    ...TRUST_OPTIONS,
    out: optional(path('FILE', 'where the application goes'), 'application.json in the home'),
  },
  examples: [
    'ward --home hospital-b org create --network network.json --name "Hospital B" ' +
      '--role provider --inbox https://inbox.hospital-b.example',
  ],
  async run({ options }, session) {
    const { home, ask } = session;
    const kind = homeKind(home);
    if (kind === 'person') throw refuse('OWNER_HOME_TAKEN', { kind: word('person') });
    const name = options.name ?? (kind === undefined ? await askName(session) : undefined);
    const roles = options.role.length > 0 ? options.role : await chooseRoles(ask);
    if (kind === undefined) await putNetworkFile(session, options);
    const { ward, close } = await onHome(() => openOrganisation(homeOptions(session), name));
    const application = ward.network.application({
      roles,
      endpoints: endpointsOf(options),
      custodian: null,
    });
    close();
    const out = options.out ?? join(home, 'application.json');
    onFiles(() => writeFileSync(out, jsonText(Application, application)));
    const account = toHex(application.account);
    return {
      json: { home, account, name: application.name, roles, application: out },
      show: (screen) => {
        screen.line(`${application.name} has its keys.`, 'good');
        screen.facts([
          ['account', account],
          ['home', home],
          ['application', out],
        ]);
        screen.line();
        screen.line('Next: give the application to a registrar: ward org admit FILE');
      },
    };
  },
});

function askName({ ask }: Session): Promise<string> {
  return ask.text('What is the organisation called?', word('--name'));
}

function chooseRoles(ask: Session['ask']) {
  const choices = ROLES.map((value) => ({ value, label: value }));
  return ask.chooseMany('What is it?', choices, word('--role'));
}
