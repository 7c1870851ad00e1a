import { defineErrors } from '@ward/protocol';

const READ_DOCUMENT = 'Compare with the document under /openapi.json of this server.';
const LATER = 'Wait as long as Retry-After says, then ask again.';

/** What any server may answer before, or instead of, the answer of a door. */
export const refuse = defineErrors({
  INTERNAL: {
    status: 500,
    fields: [],
    text: 'The server failed; nothing is said about why, so that nothing leaks.',
    next: 'Ask again; if it stays, the operator finds the place of the failure in the log.',
    retry: true,
  },
  ENDPOINT_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'This server has no such door.',
    next: READ_DOCUMENT,
  },
  REQUEST_MALFORMED: {
    status: 400,
    fields: [],
    text: 'The request is no HTTP request that this server reads.',
    next: READ_DOCUMENT,
  },
  REQUEST_INCOMPLETE: {
    status: 408,
    fields: [],
    text: 'The head of the request did not come in time.',
    next: 'Send it again over a better connection.',
    retry: true,
  },
  PARAMETER_INVALID: {
    status: 400,
    fields: ['position'],
    text: 'A parameter of the path or the query is missing, unknown or out of its bounds.',
    next: READ_DOCUMENT,
  },
  BODY_TYPE_UNKNOWN: {
    status: 415,
    fields: [],
    text: 'The body is neither CBOR nor JSON.',
    next: 'Send it as application/cbor or application/json.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    fields: ['max'],
    text: 'The body is larger than this door takes.',
    next: 'Send it in smaller parts.',
  },
  BODY_INCOMPLETE: {
    status: 408,
    fields: [],
    text: 'The body broke off, or did not come fast enough.',
    next: 'Send it again over a better connection.',
    retry: true,
  },
  CALLER_UNKNOWN: {
    status: 403,
    fields: [],
    text: 'The request is not signed by a service key of an active organisation.',
    next: 'Sign with a service key that the ledger knows; a new key counts from its first block.',
  },
  CALLER_MISPLACED: {
    status: 403,
    fields: [],
    text: 'This door does not open to a signer of this kind.',
    next: READ_DOCUMENT,
  },
  SOURCE_LIMITED: {
    status: 429,
    fields: ['retrySeconds'],
    text: 'Too many requests came from this place.',
    next: LATER,
    retry: true,
  },
  SERVER_STOPPING: {
    status: 503,
    fields: [],
    text: 'The server is shutting down.',
    next: 'Ask again in a moment, or ask another server.',
    retry: true,
  },
  STORE_FULL: {
    status: 507,
    fields: [],
    text: 'The disk of the server is full; nothing of the request was kept.',
    next: 'Ask the operator to make room; the same request may be made again.',
    retry: true,
  },
  STORE_FAILED: {
    status: 500,
    fields: [],
    text: 'The disk of the server fails.',
    next: 'The operator must look at the disk; nothing that was acknowledged is lost silently.',
  },
  HOME_INVALID: {
    status: 500,
    fields: [],
    text: 'The home folder was written by other software, or is damaged.',
    next: 'Use the software that wrote it, or restore a backup.',
  },
  HOME_MISSING: {
    status: 404,
    fields: [],
    text: 'The folder is not the home of such a server.',
    next: 'Make a home there first, or name the folder that is one.',
  },
  HOME_TAKEN: {
    status: 409,
    fields: [],
    text: 'The folder is the home of such a server already.',
    next: 'Choose another folder, or start the server that is there.',
  },
  WITNESS_NAME_INVALID: {
    status: 400,
    fields: [],
    text: "A witness's name has at most 200 printable ASCII characters, without spaces and plus.",
    next: 'Take a host name that is yours, with a path if you like: example.org/witness.',
  },
  LISTEN_REFUSED: {
    status: 409,
    fields: ['port'],
    text: 'Host and port cannot be listened on: another process does, or they are not ours.',
    next: 'Stop the other process, or choose another port.',
  },
  CONFIG_INVALID: {
    status: 400,
    fields: ['position'],
    text: 'The configuration file is missing, no JSON object, or a setting in it has a wrong form.',
    next: 'Count its settings from 1 (0: the file itself); docs/configuration.md has all.',
  },
  CONFIG_KEY_UNKNOWN: {
    status: 400,
    fields: ['nearest'],
    text: 'The configuration file has a setting that there is not.',
    next: 'Take the nearest name if you meant it; all stand in docs/configuration.md.',
  },
  OPTION_INVALID: {
    status: 400,
    fields: ['option'],
    text: 'An option of the process is missing or cannot be read.',
    next: 'Start it with --help to see its options.',
  },
});
