import { join } from 'node:path';
import { Invitation } from '@ward/sdk';
import { defineCommand } from '../../frame/define-command.ts';
import { jsonText, writeNewFile } from '../../frame/files.ts';
import { optional, path } from '../../frame/parameters.ts';
import { invitationOf } from '../../servers/invitation.ts';
import { serverHome } from '../../servers/start-server.ts';

export const networkInvite = defineCommand({
  name: 'invite',
  summary: 'Write what another organisation needs to join with a node of its own',
  details:
    'The network file and the addresses of the nodes that this one knows, and its own. All of it ' +
    'is public, and it lets nobody in: members admit by vote.',
  owner: 'organisation',
  options: {
    out: optional(path('FILE', 'where it goes'), 'invitation.json in the home'),
  },
  examples: ['ward --home net/organisation-1 network invite --out invitation.json'],
  async run({ options }, session) {
    const { home, ward, platform } = session;
    const { networkFile } = ward.connection;
    const nodeHome = serverHome(session, 'node');
    const invitation = await invitationOf(nodeHome, networkFile, platform.crypto);
    const { peers } = invitation;
    const out = options.out ?? join(home, 'invitation.json');
    writeNewFile(out, jsonText(Invitation, invitation));
    return {
      json: { invitation: out, peers },
      show: (screen) => {
        screen.line('The invitation is written.', 'good');
        screen.facts([
          ['invitation', out],
          ['nodes', `${peers.length}`],
        ]);
        screen.line();
        screen.line('Next, on the other machine: ward --home FOLDER network join FILE');
      },
    };
  },
});
