import {
  Account,
  accountKey,
  Directory,
  directoryKey,
  Organisation,
  organisationKey,
  Parameters,
  parametersKey,
  Slot,
  slotKey,
} from '@ward/ledger/schema';
import { type Format, parseHex, word } from '@ward/protocol';
import { badForm } from '../frame/parameters.ts';

/** A key of the ledger's state, and what stands there if one knows. */
export interface StateKey {
  readonly key: Uint8Array;
  readonly format: Format<unknown> | undefined;
}

const KEY_BYTES_MAX = 512;
const FORM = word(
  'organisation:ID, account:ID, slot:HEX, directory, parameters or a raw key in hex',
);

/**
 * A state key as a person writes it: `organisation:ID`, `account:ID`, `slot:HEX`, `directory`,
 * `parameters`, or the raw key in hexadecimal.
 *
 * @throws WardError `ARGUMENT_INVALID`.
 */
export function parseStateKey(text: string): StateKey {
  if (text === 'directory') return { key: directoryKey, format: Directory as Format<unknown> };
  if (text === 'parameters') return { key: parametersKey, format: Parameters as Format<unknown> };
  const match = /^(?:(organisation|account|slot):)?([0-9a-f]+)$/i.exec(text);
  const bytes = match === null || match[2]!.length % 2 === 1 ? undefined : match[2]!.toLowerCase();
  if (bytes === undefined || bytes.length > 2 * KEY_BYTES_MAX) throw badForm(word('KEY'), FORM);
  const id = parseHex(bytes);
  const kind = match![1]?.toLowerCase();
  if (id.length !== (ID_BYTES[kind ?? ''] ?? id.length)) throw badForm(word('KEY'), FORM);
  switch (kind) {
    case 'organisation':
      return { key: organisationKey(id), format: Organisation as Format<unknown> };
    case 'account':
      return { key: accountKey(id), format: Account as Format<unknown> };
    case 'slot':
      return { key: slotKey(id), format: Slot as Format<unknown> };
    default:
      return { key: id, format: undefined };
  }
}

const ID_BYTES: { readonly [kind: string]: number } = { organisation: 16, account: 16, slot: 32 };
