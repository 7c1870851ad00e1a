import {
  Account,
  accountKey,
  networkState,
  proposalNumber,
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
const FORM = word('one of the words that --help lists, or a raw key in hex');

const { directory, parameters, rules, consensus, agenda, release, validatorSet, supply } =
  networkState;
/** Records of which there is one each. */
const SINGLE = new Map(
  Object.entries({ directory, parameters, rules, consensus, agenda, release, supply }).map(
    ([name, { key, value }]): [string, StateKey] => [
      name,
      { key: key(), format: value as Format<unknown> },
    ],
  ),
).set('validators', { key: validatorSet.key(), format: validatorSet.value as Format<unknown> });

/** Records of an id: how many bytes it has, where the record stands, and what it is. */
const BY_ID: {
  readonly [kind: string]: {
    readonly bytes: number;
    key(id: Uint8Array): Uint8Array;
    readonly format: unknown;
  };
} = {
  account: { bytes: 16, key: accountKey, format: Account },
  slot: { bytes: 32, key: slotKey, format: Slot },
  organisation: byOrganisation(networkState.organisations),
  validator: byOrganisation(networkState.validators),
  stake: byOrganisation(networkState.stakes),
};

function byOrganisation(collection: {
  key(...parts: readonly Uint8Array[]): Uint8Array;
  readonly value: unknown;
}) {
  return { bytes: 16, key: (id: Uint8Array) => collection.key(id), format: collection.value };
}

/**
 * A state key as a person writes it: `organisation:ID`, `account:ID`, `validator:ID`, `stake:ID`,
 * `slot:HEX`, `proposal:NUMBER`, `directory`, `parameters`, `rules`, `consensus`, `agenda`,
 * `release`, `validators`, `supply`, or the raw key in hexadecimal.
 *
 * @throws WardError `ARGUMENT_INVALID`.
 */
export function parseStateKey(text: string): StateKey {
  const single = SINGLE.get(text);
  if (single !== undefined) return single;
  const number = /^proposal:([1-9]\d{0,14})$/i.exec(text)?.[1];
  if (number !== undefined) {
    const { proposals } = networkState;
    const key = proposals.key(proposalNumber(Number(number)));
    return { key, format: proposals.value as Format<unknown> };
  }
  const match = /^(?:([a-z]+):)?([0-9a-f]+)$/i.exec(text);
  const hex = match === null || match[2]!.length % 2 === 1 ? undefined : match[2]!.toLowerCase();
  if (hex === undefined || hex.length > 2 * KEY_BYTES_MAX) throw badForm(word('KEY'), FORM);
  const id = parseHex(hex);
  const prefix = match![1]?.toLowerCase();
  if (prefix === undefined) return { key: id, format: undefined };
  const known = Object.hasOwn(BY_ID, prefix) ? BY_ID[prefix]! : undefined;
  if (known?.bytes !== id.length) throw badForm(word('KEY'), FORM);
  return { key: known.key(id), format: known.format as Format<unknown> };
}
