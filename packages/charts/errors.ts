import { defineErrors } from '@ward/protocol';

const ASK_THE_OWNER = 'Ask the owner of the chart.';
const ALTERED =
  'Fetch it again from another vault; the one that gave it altered it or lost a part.';

/** Refusals around charts; those of a custodian's decision stand in `opening/errors.ts`. */
export const refuse = defineErrors({
  CHART_MISMATCH: {
    status: 400,
    fields: [],
    text: 'The chart header does not belong to this card.',
    next: 'Check the card; the vault may have answered with another chart.',
  },
  CHART_SIGNATURE: {
    status: 400,
    fields: [],
    text: 'The chart header is not signed by the key of its chart.',
    next: ALTERED,
  },
  CHART_INCOHERENT: {
    status: 400,
    fields: [],
    text: 'The chart header lists an organisation or release key twice, or too few custodians.',
    next: 'Ask the owner: the software that signed it is broken.',
  },
  HEADER_NOT_CURRENT: {
    status: 409,
    fields: ['version'],
    text: 'The ledger proves that this chart header is not the current one.',
    next: 'Fetch the newest header; if the vault has none, it withholds it.',
  },
  CHART_NOT_OPEN: {
    status: 409,
    fields: [],
    text: 'The chart is frozen or erased.',
    next: ASK_THE_OWNER,
  },
  OBJECT_MISMATCH: {
    status: 502,
    fields: [],
    text: 'An object from a vault does not have the digest by which it was asked for.',
    next: ALTERED,
  },
  UNIT_INVALID: {
    status: 502,
    fields: [],
    text: 'The unit does not match its label, root, slot or author.',
    next: ALTERED,
  },
  RECORD_ERASED: {
    status: 410,
    fields: [],
    text: 'The record was erased, or its body is missing.',
    next: 'Nothing can bring it back where all vaults deleted it.',
  },
  RECORD_CHANGED: {
    status: 409,
    fields: [],
    text: 'The record gave other bytes than its metadata says, or than at its first reading.',
    next: 'Add it again while nothing else writes to it.',
  },
  UNIT_RECORDS: {
    status: 400,
    fields: ['count', 'max'],
    text: 'A unit has at least one record, and no more than its manifest can list.',
    next: 'Put the records into several units.',
  },
  RECORD_TOO_LARGE: {
    status: 413,
    fields: ['size', 'max'],
    text: 'The record is larger than one record can be.',
    next: 'Split it.',
  },
  SHARE_INVALID: {
    status: 400,
    fields: ['index'],
    text: 'The share does not fit the commitments of the release key.',
    next: 'Have the owner deal again; the dealing was wrong or altered.',
  },
  SHARES_TOO_FEW: {
    status: 503,
    fields: ['answered', 'needed', 'away', 'wrong', 'custodian'],
    text: 'Too few custodians answered with a valid share.',
    next:
      'Nothing was released. Try again when the custodian that is named, or another, answers; ' +
      'wrong shares are evidence against who gave them.',
    retry: true,
  },
  SHARE_PROOF_INVALID: {
    status: 502,
    fields: [],
    text: 'The answer of a custodian does not prove that it used its share.',
    next: 'Do not use the answer; ask other custodians and keep it as evidence.',
  },
  GRANT_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'There is no such grant.',
    next: 'List the grants to see which there are.',
  },
  SEED_UNKNOWN: {
    status: 403,
    fields: ['epoch'],
    text: 'The key of this epoch was not granted.',
    next: ASK_THE_OWNER,
  },
  SOURCES_INVALID: {
    status: 502,
    fields: [],
    text: 'The list of sources does not open with the key of its epoch.',
    next: ALTERED,
  },
  WORD_UNKNOWN: {
    status: 400,
    fields: [],
    text: 'The purpose, action or condition is none that this software knows.',
    next: 'Use one that docs/keys-and-access.md lists; unknown ones are refused on purpose.',
  },
});
