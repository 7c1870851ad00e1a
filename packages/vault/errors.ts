import { defineErrors } from '@ward/protocol';

/** What a vault refuses; what any server refuses stands in the server's catalogue. */
export const refuse = defineErrors({
  CHART_UNSTORED: {
    status: 404,
    fields: [],
    text: 'The vault has no header of this chart.',
    next: 'Check the chart; ask the vaults that its card or header lists.',
  },
  CHART_HEADER_SUPERSEDED: {
    status: 409,
    fields: ['version'],
    text: 'The ledger proves a newer header of this chart.',
    next: 'Fetch the newest header, make the change on top of it and publish that.',
  },
  CHART_HEADERS_WAITING: {
    status: 429,
    fields: [],
    text: 'Too many headers of this chart wait for their slot.',
    next: 'Carry the slot of one of them; those that nobody carries make room after ten minutes.',
    retry: true,
  },
  SUCCESSION_UNPROVED: {
    status: 409,
    fields: [],
    text: 'The ledger does not prove that the chart has passed to the keys of this header.',
    next: 'Carry the slot of the cold key first, then store the header.',
    retry: true,
  },
  VAULT_UNLISTED: {
    status: 403,
    fields: [],
    text: 'The first header of a chart must list the vault that is to keep it.',
    next: 'Store it in the vaults that the header lists.',
  },
  OWNER_UNKNOWN: {
    status: 403,
    fields: [],
    text: 'The key that signed is not the key of this chart.',
    next: 'Sign with the key of the newest chart header.',
  },
  OBJECT_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The vault has no such object.',
    next: 'Ask the other vaults of the chart.',
  },
  OBJECT_ERASED: {
    status: 410,
    fields: [],
    text: 'The owner of the chart had this object deleted here.',
    next: 'Leave it out; it is not taken again for this chart.',
  },
  OBJECT_DAMAGED: {
    status: 503,
    fields: [],
    text: 'The disk of the vault does not have the bytes any more that were stored.',
    next: 'Fetch the object from another vault; storing it here again mends it.',
  },
  OBJECT_SHARED: {
    status: 409,
    fields: [],
    text: 'The object is deleted for this chart, but stands here for another chart as well.',
    next: 'The vault signs no receipt while the bytes are here; custodians refuse all the same.',
  },
  OBJECT_INVALID: {
    status: 400,
    fields: ['position'],
    text: 'An object is not what it is sent as: its parts, digests or chart do not fit.',
    next: 'Compare with docs/protocol.md; nothing of the request was stored.',
  },
  BODY_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The object has no body of this number.',
    next: 'Count the bodies as the manifest lists them, from 0.',
  },
  QUOTA_EXCEEDED: {
    status: 403,
    fields: ['max'],
    text: 'The organisation or the owner has stored as much here as it may.',
    next: 'Delete what is not needed, or ask the operator of the vault for a larger quota.',
  },
  INBOX_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The vault keeps no inbox for this organisation.',
    next: 'Use the inbox that the record of the organisation names.',
  },
  INBOX_FULL: {
    status: 503,
    fields: [],
    text: 'The inbox has as many letters as it can hold.',
    next: 'Ask the organisation to fetch its letters.',
    retry: true,
  },
});
