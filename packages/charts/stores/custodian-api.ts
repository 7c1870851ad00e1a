import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  defineEndpoint,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  raw,
  SEAL_OVERHEAD_BYTES,
} from '@ward/protocol';
import { DeletionReceipt } from '../erasure/erasure.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';
import { DealReceipt, SignedDeal } from '../release/deal-share.ts';

export const dealShareTo = defineEndpoint({
  name: 'deal-share',
  method: 'POST',
  path: '/v1/shares',
  summary: 'Gives the custodian its share of a release key; it answers with a signed receipt',
  params: {},
  query: {},
  body: SignedDeal,
  answer: DealReceipt,
  signedBy: 'nobody',
});

export const askOpening = defineEndpoint({
  name: 'ask-opening',
  method: 'POST',
  path: '/v1/openings',
  summary: 'Shows the custodian a committed entry, sealed; its answer is sealed as well',
  params: {},
  query: {},
  body: raw(LIMITS.openingRequestBytesMax + 4096),
  answer: raw(1024 * 1024),
  signedBy: 'nobody',
});

export const eraseShares = defineEndpoint({
  name: 'erase-shares',
  method: 'POST',
  path: '/v1/charts/:chart/erasure',
  summary: 'Shows the header of an erased chart: refused from now on, shares deleted in 21 days',
  params: { chart: field.bytes(DIGEST_BYTES) },
  query: {},
  body: raw(256 * 1024),
  answer: DeletionReceipt,
  signedBy: 'nobody',
});

/** Shares that a leaving custodian hands to the successor that the ledger names. */
export const ShareHandover = defineFormat('share-handover', 1, {
  shares: field.list(
    field.struct({
      chart: field.bytes(DIGEST_BYTES),
      q: field.bytes(32),
      index: field.integer(1, LIMITS.custodiansMax),
      sealedShare: field.bytes(SEAL_OVERHEAD_BYTES + 32),
    }),
    { min: 1, max: 1000 },
  ),
});
export type ShareHandover = FormatOf<typeof ShareHandover>;

export const handOverShares = defineEndpoint({
  name: 'hand-over-shares',
  method: 'POST',
  path: '/v1/handovers',
  summary: 'Takes over the shares of an organisation that named this one its successor',
  params: {},
  query: {},
  body: ShareHandover,
  answer: null,
  signedBy: 'organisation',
});

/** What a custodian is, and how far it follows the ledger. */
export const CustodianStatus = defineFormat('custodian-status', 1, {
  software: field.text(64),
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  height: field.integer<Height>(),
  shares: field.integer(),
  decideVersion: field.integer(1),
});

export const getCustodianStatus = defineEndpoint({
  name: 'get-custodian-status',
  method: 'GET',
  path: '/v1/custodian',
  summary: 'What this custodian is, and how far it follows the ledger',
  params: {},
  query: {},
  body: null,
  answer: CustodianStatus,
  signedBy: 'nobody',
});
