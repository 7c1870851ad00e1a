import { type Word, word } from '@ward/protocol';
import { listStaffKeys, type StaffKey } from '@ward/sdk/node';
import { refuse } from '../errors.ts';
import { onFiles } from '../frame/files.ts';
import { printable } from '../frame/printable.ts';
import type { OrganisationSession } from '../frame/session.ts';
import { findOne } from './find-one.ts';

const FLAG = word('--staff');

/**
 * The key of the member of staff who acts: by name, or chosen. Where there is one, it is that.
 *
 * @throws WardError `STAFF_KEY_MISSING`, `ID_*`, `FLAG_NEEDED`.
 */
export async function chooseStaff(
  wanted: string | undefined,
  { home, ask }: OrganisationSession,
): Promise<StaffKey> {
  const keys = onFiles(() => listStaffKeys(home));
  if (keys.length === 0) throw refuse('STAFF_KEY_MISSING');
  if (wanted !== undefined) return findStaff(wanted, keys);
  if (keys.length === 1) return keys[0]!;
  const choices = keys.map((value) => ({
    value,
    label: printable(value.name),
    hint: printable(value.role),
  }));
  return ask.choose('Who opens?', choices, FLAG);
}

const KIND: Word = word('staff');
const NO_ID = new Uint8Array(0);

function findStaff(wanted: string, keys: readonly StaffKey[]): StaffKey {
  return findOne(wanted, {
    items: keys,
    idOf: () => NO_ID,
    nameOf: ({ name }) => name,
    kind: KIND,
  });
}
