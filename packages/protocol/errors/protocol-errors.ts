import { defineErrors } from './define-errors.ts';

const BYTES_ARE_WRONG =
  'Check where the bytes come from: they were altered, cut or made by other software.';
const READ_PROTOCOL = 'Compare with docs/protocol.md and the published vectors.';
const ASK_ANOTHER = 'Do not believe this node; ask another one, and keep the answer as evidence.';

/** Codes of codec, formats, transactions, block headers and proofs. */
export const refuse = defineErrors({
  HEX_INVALID: {
    status: 400,
    fields: ['length'],
    text: 'The text is not lower-case hexadecimal.',
    next: 'Write two characters 0-9 a-f for each byte.',
  },
  TEXT_INVALID: {
    status: 400,
    fields: ['offset'],
    text: 'The bytes are not well-formed UTF-8, or the text has half of a surrogate pair.',
    next: BYTES_ARE_WRONG,
  },
  CBOR_TRUNCATED: {
    status: 400,
    fields: ['offset'],
    text: 'The CBOR ends in the middle of a value.',
    next: BYTES_ARE_WRONG,
  },
  CBOR_TRAILING: {
    status: 400,
    fields: ['offset'],
    text: 'There are bytes behind the CBOR value.',
    next: BYTES_ARE_WRONG,
  },
  CBOR_NOT_CANONICAL: {
    status: 400,
    fields: ['offset'],
    text: 'The CBOR has a longer form than needed, or map keys out of order or twice.',
    next: 'Encode deterministically (RFC 8949, section 4.2.1).',
  },
  CBOR_FORBIDDEN: {
    status: 400,
    fields: ['offset'],
    text: 'The CBOR has a float, tag, indefinite length or another form that Ward refuses.',
    next: READ_PROTOCOL,
  },
  CBOR_TOO_DEEP: {
    status: 400,
    fields: ['offset', 'max'],
    text: 'The CBOR is nested deeper than the limit.',
    next: READ_PROTOCOL,
  },
  CBOR_TOO_LONG: {
    status: 400,
    fields: ['offset', 'max'],
    text: 'A string, list or map is longer than the limit, or than the bytes that are left.',
    next: READ_PROTOCOL,
  },
  CBOR_INTEGER_RANGE: {
    status: 400,
    fields: ['offset'],
    text: 'The integer is beyond plus or minus 2^53 - 1.',
    next: READ_PROTOCOL,
  },
  FORMAT_TYPE: {
    status: 400,
    fields: ['format', 'offset'],
    text: 'A value has another type than its format says.',
    next: READ_PROTOCOL,
  },
  FORMAT_RANGE: {
    status: 400,
    fields: ['format', 'offset'],
    text: 'A value is shorter, longer, smaller or larger than its format allows.',
    next: READ_PROTOCOL,
  },
  FORMAT_WORD: {
    status: 400,
    fields: ['format', 'offset'],
    text: 'A word is none of those that its format knows.',
    next: READ_PROTOCOL,
  },
  FORMAT_FIELDS: {
    status: 400,
    fields: ['format', 'offset'],
    text: 'There are more or fewer fields than the format has.',
    next: READ_PROTOCOL,
  },
  FORMAT_ORDER: {
    status: 400,
    fields: ['format', 'offset'],
    text: 'A list that must be sorted without doubles is not.',
    next: READ_PROTOCOL,
  },
  FORMAT_VERSION: {
    status: 400,
    fields: ['format', 'version'],
    text: 'The format version is not known to this software.',
    next: 'Update this software, or ask the sender to write a version that both know.',
  },
  JSON_INVALID: {
    status: 400,
    fields: ['format'],
    text: 'The JSON does not have the shape that its schema says.',
    next: 'Compare with the schema in the OpenAPI document.',
  },
  KEY_INVALID: {
    status: 400,
    fields: ['length'],
    text: 'The bytes are no key of this kind.',
    next: BYTES_ARE_WRONG,
  },
  POINT_INVALID: {
    status: 400,
    fields: ['length'],
    text: 'The bytes are no point or scalar of ristretto255.',
    next: BYTES_ARE_WRONG,
  },
  SEAL_INVALID: {
    status: 400,
    fields: ['length'],
    text: 'The sealed bytes do not open: wrong key, wrong context or altered.',
    next: 'Check that the seal was made for this key and this purpose.',
  },
  TRANSACTION_TOO_LARGE: {
    status: 413,
    fields: ['size', 'max'],
    text: 'The transaction is larger than the limit.',
    next: 'Split it into several transactions.',
  },
  TRANSACTION_SIGNERS: {
    status: 400,
    fields: ['listed', 'signed'],
    text: 'The signatures are not exactly those of the signers that the body lists.',
    next: 'Have every listed signer sign the same body, once each, in the order of the list.',
  },
  TRANSACTION_SIGNER_TWICE: {
    status: 400,
    fields: ['signer'],
    text: 'The body lists one account twice in the same role.',
    next: 'List each account once for each role that the messages ask for.',
  },
  TRANSACTION_SIGNATURE: {
    status: 400,
    fields: ['signer'],
    text: 'A signature does not fit its key and the body.',
    next: 'Sign the body bytes as they are, under the tag of transactions.',
  },
  WEBAUTHN_INVALID: {
    status: 400,
    fields: [],
    text: 'The passkey assertion does not have the exact form that Ward accepts.',
    next: 'Use the challenge that Ward gave, user verification on, and a low-S signature.',
  },
  HEADER_MISMATCH: {
    status: 502,
    fields: ['height'],
    text: 'The block header does not belong to this ledger, or to the validators that signed it.',
    next: ASK_ANOTHER,
  },
  HEADER_UNTRUSTED: {
    status: 502,
    fields: ['height'],
    text: 'Too little of the voting power that is trusted has signed the block header.',
    next: ASK_ANOTHER,
  },
  HEADER_BEHIND: {
    status: 502,
    fields: ['height', 'known'],
    text: 'The node shows an older block header than one that was already verified.',
    next: ASK_ANOTHER,
  },
  HEADER_FORK: {
    status: 502,
    fields: ['height'],
    text: 'Two block headers of one height are both signed: the ledger was forked.',
    next: 'Stop trusting this ledger and export the evidence: it proves who signed twice.',
  },
  HEADER_TIME: {
    status: 502,
    fields: ['height'],
    text: 'The time of the block header does not follow the one before, or lies in the future.',
    next: 'Check the clock of this machine, then ask another node.',
  },
  TRUST_EXPIRED: {
    status: 502,
    fields: ['height'],
    text: 'The newest trusted block header is older than the trusting period.',
    next: 'Get a newer network file from an organisation that you trust.',
  },
  TRUST_ROOT_INVALID: {
    status: 400,
    fields: ['length'],
    text: 'The text is no trust root: a character is wrong or missing, or it was made by hand.',
    next: 'Scan or copy it again, whole, from the organisation that gave it.',
  },
  EVIDENCE_INVALID: {
    status: 400,
    fields: ['height'],
    text: 'The evidence does not show two signed block headers that cannot stand in one chain.',
    next: 'Ask whoever gave it for the whole object; alone it proves nothing.',
  },
  PROOF_INVALID: {
    status: 502,
    fields: ['height'],
    text: 'The proof does not lead to the root that the block header names.',
    next: ASK_ANOTHER,
  },
  ANSWER_INVALID: {
    status: 502,
    fields: ['endpoint'],
    text: 'The answer does not have the shape that the interface says.',
    next: ASK_ANOTHER,
  },
  SERVER_UNREACHABLE: {
    status: 503,
    fields: [],
    text: 'The server does not answer.',
    next: 'Check its address and that it runs; the same call may be made again.',
    retry: true,
  },
  SERVER_BUSY: {
    status: 503,
    fields: ['retrySeconds'],
    text: 'The server has as much work as it can hold.',
    next: 'Wait as long as Retry-After says, then ask again.',
    retry: true,
  },
  REQUEST_UNSIGNED: {
    status: 401,
    fields: [],
    text: 'This door opens only to a signed request.',
    next: 'Sign the request with a service key of your organisation, or with the chart key.',
  },
  REQUEST_SIGNATURE: {
    status: 401,
    fields: [],
    text: 'The signature does not fit the request, this server or the key.',
    next: 'Sign method, path, body and the id of the organisation that runs the server.',
  },
  REQUEST_TIME: {
    status: 401,
    fields: ['skewSeconds'],
    text: 'The request was signed too long ago, or in the future.',
    next: 'Set the clock of this machine right and sign again.',
  },
  REQUEST_REPLAYED: {
    status: 401,
    fields: [],
    text: 'The same signed request has been here before.',
    next: 'Sign a new request.',
  },
  HOME_LOCKED: {
    status: 503,
    fields: ['process'],
    text: 'Another process has this home open.',
    next: 'Stop that process, or use another home.',
  },
});
