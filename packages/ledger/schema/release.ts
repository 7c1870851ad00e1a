/**
 * Name of this release of the state machine: members that plan an upgrade name another. It changes
 * with everything that would execute the same blocks to another state.
 */
export const RELEASE = 'ward-1';
