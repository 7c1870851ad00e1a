import { defineCommand } from '../../frame/define-command.ts';
import { writeNewFile } from '../../frame/files.ts';
import { flag, optional, path } from '../../frame/parameters.ts';
import { sizeText } from '../../show/times.ts';

export const walletBackup = defineCommand({
  name: 'backup',
  summary: 'Write all keys into one file that a passphrase opens',
  details:
    'The file is in the age format (age-encryption.org): other programs can open it too. Keep it ' +
    'and the passphrase off this device.',
  owner: 'person',
  args: { file: path('FILE', 'file to write; there must be none of this name') },
  options: {
    passphraseFile: optional(path('FILE', 'where the passphrase stands (else WARD_PASSPHRASE)')),
    forgetColdKeys: flag('delete the cold keys here, so that only the backup has them'),
  },
  examples: ['ward wallet backup anna.age --forget-cold-keys'],
  async run({ args, options }, { ward, ask }) {
    const { passphraseFile: file, forgetColdKeys } = options;
    const passphrase = await ask.passphrase('Passphrase for the backup', { file, isNew: true });
    const bytes = await ward.wallet.backUp(passphrase);
    writeNewFile(args.file, bytes);
    if (forgetColdKeys) await ward.wallet.forgetColdKeys();
    const { length: events } = ward.keys.events;
    return {
      json: { file: args.file, sizeBytes: bytes.length, events, coldKeysForgotten: forgetColdKeys },
      show: (screen) => {
        screen.line(`The wallet is in ${args.file} (${sizeText(bytes.length)}).`, 'good');
        screen.line('Try it once: ward --home NEW-FOLDER wallet restore FILE --network FILE');
      },
    };
  },
});
