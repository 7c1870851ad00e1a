/** Doors whose every answer is falsified, by the server that has them. */
export const LIED_DOORS = {
  node: [
    ...['get-status', 'get-genesis', 'get-light-block', 'prove-state', 'get-receipt', 'get-block'],
    ...['submit-transaction', 'carry-slot', 'stream-slots', 'stream-blocks'],
  ],
  vault: [
    ...['put-header', 'get-header', 'put-objects', 'upload-object', 'get-object', 'get-body'],
    ...['get-objects', 'delete-object', 'post-notice', 'list-notices', 'post-letter'],
    ...['list-letters', 'delete-letters', 'get-vault-status'],
  ],
  custodian: ['deal-share', 'ask-opening', 'erase-shares', 'get-custodian-status'],
} as const;

/**
 * Doors that the sdk never knocks at, so that there is nobody to believe their answers. The suite
 * fails when a source of the sdk begins to.
 */
export const UNUSED_DOORS: { readonly [door: string]: { call: string; why: string } } = {
  'delete-notices': {
    call: 'deleteNotices',
    why: 'the owner keeps her notices: the log is matched with them anew each time',
  },
  'post-notices': {
    call: 'postNotices',
    why: 'for custodians: what a vault says it took and did not leaves an entry unexplained',
  },
  'get-cosigned-head': {
    call: 'getCosignedHead',
    why: 'of witnesses, asked below the sdk: witness-check.test.ts alters each sign of the answer',
  },
  'get-witness-status': {
    call: 'getWitnessStatus',
    why: 'of witnesses: its key counts only if the same one was told elsewhere',
  },
  'get-witness-evidence': {
    call: 'getWitnessEvidence',
    why: 'of witnesses: evidence is verified by whoever it is shown to',
  },
  'get-block-headers': {
    call: 'getBlockHeaders',
    why: 'asked below the sdk, for blocks before a promotion: header-links.test.ts alters headers',
  },
  'get-promotion': {
    call: 'getPromotion',
    why: 'asked below the sdk, where a chain has ended: followed-chain.test.ts alters each part',
  },
  'hand-over-shares': {
    call: 'handOverShares',
    why: 'one custodian to another; its answer is empty, and shares are kept until they are proved',
  },
};

/**
 * Fields that a client hands on without proof, each with its reason; a lie about one is no failure
 * because the call, or the shape of the result, says so itself.
 */
export const UNVERIFIED_FIELDS: { readonly [door: string]: { fields: RegExp; why: string } } = {
  'get-status': { fields: /./, why: 'asked with { unverified: true }' },
  'get-block': { fields: /^events\[\]/, why: 'blocks do not hash events; the sdk leaves them out' },
  'list-notices': { fields: /\.time$/, why: 'the time of a notice is the one inside its seal' },
  'list-letters': { fields: /\.time$/, why: 'nobody reads when a letter came' },
};
