import { parseHex, toHex } from '@ward/protocol';
import { saveStaffKey, staffKeyPair } from '@ward/sdk/node';
import { defineCommand } from '../../../frame/define-command.ts';
import { onFiles } from '../../../frame/files.ts';
import { hex, optional, text } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';

export const staffAdd = defineCommand({
  name: 'add',
  summary: 'Enrol a member of staff, who signs every opening',
  details:
    'Without --public-key a key is made here, into a file under keys/staff that is theirs alone. ' +
    'Patients see the name and the role that you enter here.',
  owner: 'organisation',
  args: { name: text('NAME', 'as patients shall read it') },
  options: {
    role: optional(text('TEXT', 'as patients shall read it'), 'staff'),
    publicKey: optional(hex('HEX', { bytes: 32 }, 'an Ed25519 key that the person has already')),
  },
  examples: ['ward org staff add "Dr Ada Example" --role physician'],
  async run({ args: { name }, options }, { ward, home, platform }) {
    const { role = 'staff', publicKey: given } = options;
    const seed = platform.random.bytes(32);
    const made =
      given === undefined ? onFiles(() => saveStaffKey(home, { name, role, seed })) : null;
    const publicKey =
      given === undefined
        ? staffKeyPair({ name, role, seed }, platform.crypto).publicKey
        : parseHex(given);
    const id = toHex(await ward.keys.enrolStaff({ name, role, publicKey }));
    return {
      json: { id, name, role, publicKey: toHex(publicKey), file: made },
      show: (screen) => {
        screen.line(`${printable(name)} is enrolled.`, 'good');
        screen.facts([
          ['id', id],
          ['key file', made ?? undefined],
        ]);
      },
    };
  },
});
