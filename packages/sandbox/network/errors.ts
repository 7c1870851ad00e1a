import { defineErrors } from '@ward/protocol';

/** Codes of a network on one machine. */
export const refuse = defineErrors({
  SANDBOX_PORT_TAKEN: {
    status: 409,
    fields: ['port'],
    text: 'Another program listens on a port that stands in the genesis of this sandbox.',
    next: 'Stop the other program, or begin a new sandbox in another folder.',
  },
  SANDBOX_HOME_INVALID: {
    status: 400,
    fields: [],
    text: 'The folder is not empty and no sandbox, or its files are damaged.',
    next: 'Name an empty folder, or one that a sandbox made.',
  },
  SANDBOX_CLOCK_BACKWARDS: {
    status: 400,
    fields: ['offsetMs', 'wantedMs'],
    text: 'The time of a sandbox never goes back: its ledger would be ahead of every clock.',
    next: 'Move it forward, or begin a new sandbox in another folder.',
  },
  SANDBOX_CLOCK_REAL: {
    status: 400,
    fields: [],
    text: 'Nodes of several organisations keep the time of their machines; it cannot be moved.',
    next: 'Let the time pass, or take a sandbox with one node.',
  },
  SANDBOX_SERVER_FAILED: {
    status: 500,
    fields: ['server', 'code'],
    text: 'A server of the sandbox could not start.',
    next: 'See the code of its refusal; its log says more.',
  },
  SANDBOX_SERVER_SLOW: {
    status: 500,
    fields: ['server'],
    text: 'A server of the sandbox did not answer in time.',
    next: 'Look at the load of this machine and try again.',
    retry: true,
  },
  SANDBOX_PATIENTS: {
    status: 400,
    fields: ['found', 'max'],
    text: 'The bundles have no record, or more patients than one sandbox takes.',
    next: 'Give FHIR R4 bundles of one to a thousand patients.',
  },
  PROMOTION_DAMAGED: {
    status: 500,
    fields: [],
    text: 'What the home keeps of a promotion that was begun cannot be read.',
    next: 'Restore promotion.draft or promotion.proof; if nothing was signed yet, delete them.',
  },
  PROMOTION_UNPROVED: {
    status: 503,
    fields: [],
    text: 'The node took the promotion, and does not show yet how its ledger ended.',
    next: 'Run the same command again: it goes on where it was.',
    retry: true,
  },
  SANDBOX_WALKED: {
    status: 409,
    fields: [],
    text: 'The walk begins in a new sandbox, and this one has been walked.',
    next: 'Name an empty folder, or leave out --once and --json to open this one again.',
  },
});
