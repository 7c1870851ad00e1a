/**
 * The registry of domain tags. A tag stands before everything that is hashed, MACed, signed, or
 * bound by a seal or key derivation, as `ward/<name>/v1` ‖ 00; no two uses share one.
 * `vectors/protocol/tags.json` holds a vector for each.
 */
export const TAGS = [
  // Ledger
  'genesis',
  'transaction',
  'slot-org',
  'slot-key',
  'carry-slot',
  'replay-chain',
  'validator-key',
  'trust-root',
  'promotion-plan',
  'founder',
  // Charts: ids and headers
  'chart',
  'chart-header',
  'succession',
  'card',
  'object',
  'wallet-key',
  // Units
  'record',
  'label',
  'unit',
  'unit-seal',
  'unit-body',
  'unit-object',
  'author',
  'author-box',
  'caption',
  'unit-slot',
  'write-secret',
  'source',
  'sources',
  'owner-slot',
  // Grants and epochs
  'grant',
  'grant-envelope',
  'write-part',
  'epoch-key',
  'epoch-seed',
  'erased',
  // Release key
  'release',
  'release-proof',
  'share-proof',
  'share-seed',
  'deal',
  'share-seal',
  'deal-receipt',
  // Opening and log
  'open',
  'open-slot',
  'actor',
  'actor-box',
  'staff-request',
  'opening-request',
  'opening-request-seal',
  'opening-answer-seal',
  'opening-receipt',
  'mailbox-seal',
  'notice',
  'knock',
  // Stores and doors
  'request',
  'inbox-seal',
  'erasure',
  'deletion-receipt',
  'wallet-event',
  'checkpoint',
] as const;

export type Tag = (typeof TAGS)[number];
