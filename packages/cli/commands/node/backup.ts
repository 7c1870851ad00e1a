import { toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { fileError } from '../../frame/files.ts';
import { optional, path } from '../../frame/parameters.ts';
import { serverHome } from '../../servers/start-server.ts';
import { counted, sizeText } from '../../show/times.ts';

const PASSPHRASE_FILE = optional(
  path('FILE', 'where the passphrase stands (else WARD_PASSPHRASE)'),
);

export const nodeBackup = defineCommand({
  name: 'backup',
  summary: 'Write the node and its whole ledger into one encrypted file, while it runs',
  details:
    'The file is in the age format (age-encryption.org). What the validator signed last is not ' +
    'in it: a copy of that would let two nodes sign. Try a backup with ward node rehearse.',
  owner: 'nobody',
  options: {
    to: path('FILE', 'file to write; there must be none of this name'),
    passphraseFile: PASSPHRASE_FILE,
  },
  examples: ['ward --home clinic node backup --to clinic.age'],
  async run({ options: { to, passphraseFile: file } }, session) {
    const passphrase = await session.ask.passphrase('Passphrase for the backup', {
      file,
      isNew: true,
    });
    const { backUpHome } = await import('@ward/node');
    const home = serverHome(session, 'node');
    const { files, sizeBytes } = await backUpHome({ home, to, passphrase }).catch((error) => {
      throw fileError(error);
    });
    return {
      json: { file: to, files, sizeBytes },
      show: (screen) => {
        const what = `${counted(files, 'file')}, ${sizeText(sizeBytes)}`;
        screen.line(`The node is in ${to} (${what}).`, 'good');
        screen.line('Try it: ward node rehearse FILE');
      },
    };
  },
});

export const nodeRestore = defineCommand({
  name: 'restore',
  summary: 'Make a node again from its backup',
  details:
    'The node does not start before ward node take-over: if the old one still runs, both would ' +
    'sign blocks. A node with peers takes its blocks from them; its ledger as it was in the ' +
    'backup lies in copy/ for reading.',
  owner: 'nobody',
  args: { file: path('FILE', 'backup to read') },
  options: { passphraseFile: PASSPHRASE_FILE },
  examples: ['ward --home clinic node restore clinic.age'],
  async run({ args, options: { passphraseFile: file } }, session) {
    const passphrase = await session.ask.passphrase('Passphrase of the backup', {
      file,
      isNew: false,
    });
    const { restoreHome } = await import('@ward/node');
    const home = serverHome(session, 'node');
    const { crypto } = session.platform;
    const found = await restoreHome({ file: args.file, home, passphrase, crypto }).catch(
      (error) => {
        throw fileError(error);
      },
    );
    const { height, proved } = found;
    const appHash = toHex(found.appHash);
    return {
      json: { home, height, appHash, proved },
      show: (screen) => {
        screen.line('The node is back; it does not run yet.', 'good');
        screen.facts([
          ['height', `${height}`],
          ['app hash', appHash],
          ['signed by validators up to', `${proved ?? 'none'}`],
        ]);
        screen.line('Next, once the old one is gone for ever: ward node take-over --seen HEIGHT');
      },
    };
  },
});

export const nodeRehearse = defineCommand({
  name: 'rehearse',
  summary: 'Restore a backup in a place of its own, and prove what it holds',
  details:
    'The ledger is rebuilt from the backup, and its state compared with the app hash in the ' +
    'newest header that the validators signed. Nothing of it stays.',
  owner: 'nobody',
  args: { file: path('FILE', 'backup to read') },
  options: { passphraseFile: PASSPHRASE_FILE },
  examples: ['ward node rehearse clinic.age'],
  async run({ args, options: { passphraseFile: file } }, session) {
    const passphrase = await session.ask.passphrase('Passphrase of the backup', {
      file,
      isNew: false,
    });
    const { rehearseRestore } = await import('@ward/node');
    const { crypto } = session.platform;
    const found = await rehearseRestore({ file: args.file, passphrase, crypto }).catch((error) => {
      throw fileError(error);
    });
    const { height, proved } = found;
    const appHash = toHex(found.appHash);
    return {
      json: { height, appHash, proved },
      show: (screen) => {
        screen.line(
          proved === null
            ? 'The backup opens; it holds no block that validators have signed.'
            : 'The backup holds a whole ledger, and its state is what the validators signed.',
          'good',
        );
        screen.facts([
          ['height', `${height}`],
          ['app hash', appHash],
          ['signed by validators up to', `${proved ?? 'none'}`],
        ]);
      },
    };
  },
});
