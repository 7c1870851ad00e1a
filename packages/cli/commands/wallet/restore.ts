import { readFileSync } from 'node:fs';
import { readBackup } from '@ward/sdk';
import { restorePerson } from '@ward/sdk/node';
import { defineCommand } from '../../frame/define-command.ts';
import { onFiles } from '../../frame/files.ts';
import { putNetworkFile, TRUST_OPTIONS } from '../../frame/make-home.ts';
import { homeOptions, onHome } from '../../frame/open-session.ts';
import { optional, path } from '../../frame/parameters.ts';
import { counted } from '../../show/times.ts';

export const walletRestore = defineCommand({
  name: 'restore',
  summary: 'Bring a wallet back from its backup',
  details:
    'Into an empty folder, or into a home of the same wallet: then what is new to it is taken. ' +
    'Grants and units that were made after the backup are found again when charts are listed.',
  owner: 'nobody',
  args: { file: path('FILE', 'backup to read') },
  options: {
    passphraseFile: optional(path('FILE', 'where the passphrase stands (else WARD_PASSPHRASE)')),
    ...TRUST_OPTIONS,
  },
  examples: ['ward --home ~/new wallet restore anna.age --network network.json'],
  async run({ args, options }, session) {
    const bytes = onFiles(() => readFileSync(args.file));
    const { passphraseFile: file } = options;
    const passphrase = await session.ask.passphrase('Passphrase of the backup', {
      file,
      isNew: false,
    });
    const content = await readBackup(new Uint8Array(bytes), passphrase);
    await putNetworkFile(session, options);
    const { ward, close } = await onHome(() => restorePerson(homeOptions(session), content));
    close();
    const { length: charts } = ward.keys.charts;
    return {
      json: { home: session.home, charts, events: ward.keys.events.length },
      show: (screen) => {
        screen.line(`The wallet is back, with ${counted(charts, 'chart')}.`, 'good');
        screen.facts([['home', session.home]]);
      },
    };
  },
});
