import { defineErrors } from '@ward/protocol';

const ASK_THE_OWNER = 'Ask the owner for a grant that covers this.';
const NEW_ENTRY = 'Commit a new entry and show it at once.';

/** What a custodian says when it does not release; the same codes stand in its signed receipt. */
export const refuse = defineErrors({
  LEDGER_BEHIND: {
    status: 503,
    fields: [],
    text: 'The custodian has seen no block for a minute and does not judge by the past.',
    next: 'Ask again when the ledger moves, or ask other custodians.',
    retry: true,
  },
  STATE_UNPROVED: {
    status: 503,
    fields: [],
    text: 'A fact that the decision needs is not proved by the ledger.',
    next: 'Ask again; if it stays, the node of the custodian withholds it.',
    retry: true,
  },
  CHART_SUPERSEDED: {
    status: 409,
    fields: [],
    text: 'The chart header that was shown is not the current one.',
    next: 'Fetch the newest header and roster, then open again.',
  },
  CHART_CLOSED: {
    status: 409,
    fields: [],
    text: 'The chart is frozen or erased.',
    next: 'Ask the owner.',
  },
  GRANT_REVOKED: {
    status: 403,
    fields: [],
    text: 'The grant is not in the roster: it was revoked, or never made.',
    next: ASK_THE_OWNER,
  },
  GRANT_NOT_YET: {
    status: 403,
    fields: [],
    text: 'The grant begins later.',
    next: 'Wait until it begins, or ask the owner.',
  },
  GRANT_EXPIRED: {
    status: 403,
    fields: [],
    text: 'The grant has expired.',
    next: ASK_THE_OWNER,
  },
  GRANTEE_INACTIVE: {
    status: 403,
    fields: [],
    text: 'The organisation is not an active member, or not the one of the grant.',
    next: 'Check with the registrar.',
  },
  PURPOSE_NOT_GRANTED: {
    status: 403,
    fields: [],
    text: 'The grant does not allow this purpose or action.',
    next: ASK_THE_OWNER,
  },
  UNIT_NOT_GRANTED: {
    status: 403,
    fields: [],
    text: 'The grant does not cover one of the units.',
    next: ASK_THE_OWNER,
  },
  OPENINGS_EXHAUSTED: {
    status: 403,
    fields: [],
    text: 'The grant allows no further opening.',
    next: ASK_THE_OWNER,
  },
  UNITS_TOO_MANY: {
    status: 403,
    fields: [],
    text: 'The grant does not allow so many units in one opening.',
    next: 'Open fewer units at once.',
  },
  ENTRY_UNCOMMITTED: {
    status: 403,
    fields: [],
    text: 'No such entry is committed at this place of the grant.',
    next: NEW_ENTRY,
  },
  ENTRY_GAP: {
    status: 403,
    fields: [],
    text: 'An entry before this one is not committed.',
    next: 'Commit the missing entry first: a gap would hide what follows.',
  },
  ENTRY_STALE: {
    status: 403,
    fields: [],
    text: 'The entry is older than ten minutes.',
    next: NEW_ENTRY,
  },
  UNIT_UNNAMED: {
    status: 403,
    fields: [],
    text: 'The units that were asked for are not exactly those that the entry names.',
    next: NEW_ENTRY,
  },
  UNIT_MISMATCH: {
    status: 403,
    fields: [],
    text: 'A unit is not of this chart, or its label does not follow from its manifest.',
    next: 'Fetch the manifests again from another vault.',
  },
  UNIT_ERASED: {
    status: 410,
    fields: [],
    text: 'The owner has erased one of the units.',
    next: 'Leave it out.',
  },
  POINT_UNPROVED: {
    status: 403,
    fields: [],
    text: 'The proof of a release point does not hold; it is never multiplied.',
    next: 'The unit was not made by the rules; ask its author.',
  },
  SHARE_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The custodian holds no share of this release key.',
    next: 'Ask the custodians that the chart header lists.',
  },
  NOTICE_UNDELIVERED: {
    status: 503,
    fields: [],
    text: 'The custodian could tell no vault of the chart of this opening: it does not answer.',
    next: 'Ask again when a vault of the chart is there.',
    retry: true,
  },
  REQUEST_UNBELIEVED: {
    status: 401,
    fields: [],
    text: 'The request is not signed by a service key of an active organisation.',
    next: 'Sign it with a service key that the ledger knows.',
  },
});

/** Codes of a verdict, and the one that permits. */
export type RefusalCode = Parameters<typeof refuse>[0];
export const PERMITTED = 'PERMITTED';
