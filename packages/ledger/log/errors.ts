import { defineErrors } from '@ward/protocol';

const RESTORE = 'Restore the log from a backup, or let this node follow another one anew.';

/** Why a log cannot be opened or read. */
export const refuse = defineErrors({
  LOG_CORRUPT: {
    status: 500,
    fields: ['position'],
    text: 'The log was altered or damaged at a place that later blocks depend on.',
    next: RESTORE,
  },
  LOG_VERSION: {
    status: 500,
    fields: ['version'],
    text: 'The log was written in a format that this software does not know.',
    next: 'Update this software.',
  },
  LOG_FOREIGN: {
    status: 409,
    fields: [],
    text: 'The log belongs to another genesis.',
    next: 'Check which network and home this node was started for.',
  },
  LOG_INCOMPLETE: {
    status: 500,
    fields: ['height'],
    text: 'The log was pruned and has no whole checkpoint to start from.',
    next: RESTORE,
  },
});
