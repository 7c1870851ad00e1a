import { formatTrustRoot, toHex } from '@ward/protocol';
import encodeQR from 'qr';
import { defineCommand } from '../../frame/define-command.ts';
import { isoTime } from '../../show/times.ts';

/** Light modules around the code: readers want four, and find it with two. */
const BORDER = 2;

export const ledgerRoot = defineCommand({
  name: 'root',
  summary: 'The newest block as a trust root: one line, and a QR code, for others to begin from',
  details:
    'Whoever begins with it believes this block and what follows from it, whatever their nodes ' +
    'say. It is worth what the way is worth on which you give it: hand it over in person, or ' +
    'print it in an invitation. It ages: after the trusting period of the network make a new one.',
  owner: 'anyone',
  examples: ['ward ledger root'],
  async run(_, { ward }) {
    const { header, hash } = await ward.ledger.head();
    const { networkFile, realm } = ward.connection;
    const { network, genesis } = networkFile;
    const root = { network, chain: genesis.chain, height: header.height, hash };
    const line = formatTrustRoot(root, realm.crypto);
    const time = isoTime(header.time.seconds);
    return {
      json: { root: line, height: header.height, hash: toHex(hash), time },
      show: (screen) => {
        if (screen.isTerminal) {
          const options = { encoding: 'alphanumeric', ecc: 'medium', border: BORDER } as const;
          screen.line(encodeQR(line, 'ascii', options).trimEnd());
        }
        screen.line(line, 'strong');
        screen.facts([
          ['height', `${header.height}`],
          ['hash', toHex(hash)],
          ['time', time],
        ]);
      },
    };
  },
});
