import { defineErrors } from '@ward/protocol';

/** What can go wrong between a wallet or key service and the rest, beside what others refuse. */
export const refuse = defineErrors({
  TRANSACTION_REFUSED: {
    status: 409,
    fields: [],
    text: 'The ledger took the transaction and refused what it asks, with a code this software lacks.',
    next: 'Update this software to learn the reason.',
  },
  TRANSACTION_UNCERTAIN: {
    status: 503,
    fields: [],
    text: 'No node says whether the transaction was taken.',
    next: 'Make the same call again: it is taken once, whoever answers.',
    retry: true,
  },
  CHART_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'There is no such chart here.',
    next: 'List the charts to see which there are.',
  },
  CHART_EXISTS: {
    status: 409,
    fields: [],
    text: 'There is a chart of this kind already.',
    next: 'Use it, or give the new one another name.',
  },
  CARD_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'This organisation has no card of the chart.',
    next: 'Ask the patient for a card; without one nothing can be written.',
  },
  CARD_FOREIGN: {
    status: 409,
    fields: [],
    text: 'The card is of another network.',
    next: 'Ask the patient for a card of the network that this home belongs to.',
  },
  RECORD_NOT_FOUND: {
    status: 404,
    fields: [],
    text: 'The chart has no such unit or record.',
    next: 'List the chart to see which there are.',
  },
  ORGANISATION_KEY_CHANGED: {
    status: 409,
    fields: ['organisation'],
    text: 'The organisation has another sealing key than when you last dealt with it.',
    next: 'Ask the organisation whether it changed its key; then accept the change on purpose.',
  },
  ENDPOINT_MISSING: {
    status: 409,
    fields: ['organisation'],
    text: 'The organisation names no server of the kind that is needed.',
    next: 'Ask the organisation to publish its endpoint, or choose another one.',
  },
  HEADER_WITHHELD: {
    status: 502,
    fields: [],
    text: 'No vault of the chart gave its current header; the ledger proves that there is a newer one.',
    next: 'Ask the vaults of the chart; one of them loses or withholds it.',
  },
  UNIT_WITHHELD: {
    status: 502,
    fields: ['n'],
    text: 'The ledger proves a unit that no vault of the chart gives.',
    next: 'Ask the vaults of the chart; the author may have it still.',
  },
  AUTHOR_UNKNOWN: {
    status: 502,
    fields: ['n'],
    text: 'The author of a unit is no account of the organisation in whose slot it stands.',
    next: 'Do not rely on the unit; ask the organisation.',
  },
  STAFF_UNKNOWN: {
    status: 403,
    fields: [],
    text: 'The key service knows no such member of staff, or not any more.',
    next: 'Enrol the person first.',
  },
  STAFF_SIGNATURE: {
    status: 403,
    fields: [],
    text: 'The request is not signed by the member of staff that it names, or not just now.',
    next: 'Have the person sign this very request.',
  },
  STAFF_KEY_EXISTS: {
    status: 409,
    fields: [],
    text: 'There is a key of a member of staff with this name already.',
    next: 'Use it, or enrol the other person under a name that tells the two apart.',
  },
  STORE_CORRUPT: {
    status: 500,
    fields: ['record'],
    text: 'A stored event does not open: the file is damaged, or the key is another.',
    next: 'Restore the backup; the events before the damage are intact.',
  },
  BACKUP_INVALID: {
    status: 400,
    fields: [],
    text: 'The backup does not open with this passphrase, or is none.',
    next: 'Check passphrase and file.',
  },
  BACKUP_FOREIGN: {
    status: 409,
    fields: [],
    text: 'The backup is of another wallet, or of another network, than the home.',
    next: 'Restore it into an empty folder, with the network file of its network.',
  },
  COLD_KEY_MISSING: {
    status: 409,
    fields: [],
    text: "The chart's cold key is not on this device.",
    next: 'Restore the backup in which it stands, then try again.',
  },
  NETWORK_FILE_MISSING: {
    status: 404,
    fields: [],
    text: 'The home has no network file.',
    next: 'Put the network.json of your network into the home, or name it with --network.',
  },
});
