import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  defineEndpoint,
  defineFormat,
  type FormatOf,
  field,
  raw,
  type Seconds,
} from '@ward/protocol';
import { DeletionReceipt } from '../erasure/erasure.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';

const chartParam = { chart: field.bytes(DIGEST_BYTES) };
const nameParam = { name: field.bytes(DIGEST_BYTES) };
const BATCH_BYTES_MAX = 32 * 1024 * 1024;
const UPLOAD_BYTES_MAX = 5 * 1024 ** 3;

export const putHeader = defineEndpoint({
  name: 'put-header',
  method: 'PUT',
  path: '/v1/charts/:chart/header',
  summary: 'Stores a signed chart header; its version must not be there with another digest',
  params: chartParam,
  query: {},
  body: raw(256 * 1024),
  answer: null,
  signedBy: 'nobody',
});

export const getHeader = defineEndpoint({
  name: 'get-header',
  method: 'GET',
  path: '/v1/charts/:chart/header',
  summary: 'The newest chart header that this vault has, or the one of a version',
  params: chartParam,
  query: { version: field.nullable(field.integer()) },
  body: null,
  answer: raw(256 * 1024),
  signedBy: 'nobody',
});

/**
 * An object that is sent as a whole.
 *
 * - `object`: named by the digest of its bytes (roster, seeds, sources, erased set).
 * - `manifest`: named by the unit's commitment.
 * - `packed`: the bodies of a unit, named by the digest of their list.
 */
export const ObjectBatch = defineFormat('object-batch', 1, {
  objects: field.list(
    field.variant({
      object: field.struct({ bytes: field.bytesBetween(1, BATCH_BYTES_MAX) }),
      manifest: field.struct({ bytes: field.bytesBetween(1, LIMITS.manifestBytesMax) }),
      packed: field.struct({
        bodies: field.list(
          field.struct({ digest: field.bytes(DIGEST_BYTES), size: field.integer(1) }),
          { min: 1, max: LIMITS.recordsPerUnitMax },
        ),
        bytes: field.bytesBetween(1, 2 * LIMITS.packedBytesMax),
      }),
    }),
    { min: 1, max: 4096 },
  ),
});
export type ObjectBatch = FormatOf<typeof ObjectBatch>;

/** Names of what was stored, in order: compare them with your own. */
export const StoredNames = defineFormat('stored-names', 1, {
  names: field.list(field.bytes(DIGEST_BYTES), { min: 1, max: 4096 }),
});
export type StoredNames = FormatOf<typeof StoredNames>;

export const putObjects = defineEndpoint({
  name: 'put-objects',
  method: 'POST',
  path: '/v1/charts/:chart/objects',
  summary: 'Stores objects of a chart durably; the same object twice is stored once',
  params: chartParam,
  query: {},
  body: ObjectBatch,
  answer: StoredNames,
  signedBy: 'organisation-or-owner',
});

export const uploadObject = defineEndpoint({
  name: 'upload-object',
  method: 'POST',
  path: '/v1/charts/:chart/uploads',
  summary: 'Stores one large object as it streams in, and answers its name',
  params: chartParam,
  query: {},
  body: raw(UPLOAD_BYTES_MAX),
  answer: StoredNames,
  signedBy: 'organisation-or-owner',
});

export const getObject = defineEndpoint({
  name: 'get-object',
  method: 'GET',
  path: '/v1/objects/:name',
  summary: 'The bytes of an object; whoever knows its digest may have it',
  params: nameParam,
  query: {},
  body: null,
  answer: raw(UPLOAD_BYTES_MAX),
  signedBy: 'nobody',
});

export const getBody = defineEndpoint({
  name: 'get-body',
  method: 'GET',
  path: '/v1/objects/:name/bodies/:index',
  summary: 'One body of a packed object',
  params: { ...nameParam, index: field.integer(0, LIMITS.recordsPerUnitMax) },
  query: {},
  body: null,
  answer: raw(2 * LIMITS.packedBytesMax),
  signedBy: 'nobody',
});

/** Which objects are wanted, to save a request each. */
export const ObjectNames = defineFormat('object-names', 1, {
  names: field.list(field.bytes(DIGEST_BYTES), { min: 1, max: 1000 }),
});

/** Objects in the order asked for; null for one that is not there, or did not fit any more. */
export const ObjectContents = defineFormat('object-contents', 1, {
  objects: field.list(field.nullable(field.bytesBetween(0, LIMITS.manifestBytesMax)), {
    max: 1000,
  }),
});

export const getObjects = defineEndpoint({
  name: 'get-objects',
  method: 'POST',
  path: '/v1/objects',
  summary: 'Several small objects at once, manifests above all',
  params: {},
  query: {},
  body: ObjectNames,
  answer: ObjectContents,
  signedBy: 'nobody',
});

export const deleteObject = defineEndpoint({
  name: 'delete-object',
  method: 'DELETE',
  path: '/v1/charts/:chart/objects/:name',
  summary: 'Deletes an object of a chart, or punches one body out of a packed one',
  params: { ...chartParam, ...nameParam },
  query: { body: field.nullable(field.integer(0, LIMITS.recordsPerUnitMax)) },
  body: null,
  answer: DeletionReceipt,
  signedBy: 'owner',
});

export const postNotice = defineEndpoint({
  name: 'post-notice',
  method: 'POST',
  path: '/v1/charts/:chart/mailbox',
  summary: 'Leaves a sealed notice for the owner; 20 a day from one organisation',
  params: chartParam,
  query: {},
  body: raw(LIMITS.mailboxBytesMax),
  answer: null,
  signedBy: 'organisation',
});

/** Notices in one request. */
export const NOTICES_PER_REQUEST_MAX = 32;

/** Notices for several charts, to save a request, a signature and a transaction each. */
export const NoticeBatch = defineFormat('notice-batch', 1, {
  notices: field.list(
    field.struct({
      chart: field.bytes(DIGEST_BYTES),
      sealed: field.bytesBetween(1, LIMITS.mailboxBytesMax),
    }),
    { min: 1, max: NOTICES_PER_REQUEST_MAX },
  ),
});
export type NoticeBatch = FormatOf<typeof NoticeBatch>;

/** For each notice, in order: null for one that was taken, else the code of its refusal. */
export const NoticeRefusals = defineFormat('notice-refusals', 1, {
  refusals: field.list(field.nullable(field.text(64)), {
    min: 1,
    max: NOTICES_PER_REQUEST_MAX,
  }),
});
export type NoticeRefusals = FormatOf<typeof NoticeRefusals>;

export const postNotices = defineEndpoint({
  name: 'post-notices',
  method: 'POST',
  path: '/v1/mailboxes',
  summary: 'Leaves notices for several charts; each is taken or refused by itself',
  params: {},
  query: {},
  body: NoticeBatch,
  answer: NoticeRefusals,
  signedBy: 'organisation',
});

/** Sealed letters, oldest first, each with a number that grows. */
export const Letters = defineFormat('letters', 1, {
  letters: field.list(
    field.struct({
      number: field.integer(1),
      time: field.integer<Seconds>(),
      sealed: field.bytesBetween(1, LIMITS.mailboxBytesMax),
    }),
    { max: 1000, sortedBy: 'number' },
  ),
});
export type Letters = FormatOf<typeof Letters>;

export const listNotices = defineEndpoint({
  name: 'list-notices',
  method: 'GET',
  path: '/v1/charts/:chart/mailbox',
  summary: 'Sealed notices of a chart behind a number, oldest first',
  params: chartParam,
  query: { after: field.integer() },
  body: null,
  answer: Letters,
  signedBy: 'owner',
});

export const deleteNotices = defineEndpoint({
  name: 'delete-notices',
  method: 'DELETE',
  path: '/v1/charts/:chart/mailbox',
  summary: 'Deletes the notices up to a number',
  params: chartParam,
  query: { upTo: field.integer(1) },
  body: null,
  answer: null,
  signedBy: 'owner',
});

export const postLetter = defineEndpoint({
  name: 'post-letter',
  method: 'POST',
  path: '/v1/inboxes/:organisation',
  summary: 'Leaves a sealed letter for an organisation: a card, a grant',
  params: { organisation: field.bytes(ACCOUNT_ID_BYTES) },
  query: {},
  body: raw(LIMITS.inboxBytesMax),
  answer: null,
  signedBy: 'nobody',
});

export const listLetters = defineEndpoint({
  name: 'list-letters',
  method: 'GET',
  path: '/v1/inboxes/:organisation',
  summary: 'Sealed letters for an organisation behind a number, oldest first',
  params: { organisation: field.bytes(ACCOUNT_ID_BYTES) },
  query: { after: field.integer() },
  body: null,
  answer: Letters,
  signedBy: 'organisation',
});

export const deleteLetters = defineEndpoint({
  name: 'delete-letters',
  method: 'DELETE',
  path: '/v1/inboxes/:organisation',
  summary: 'Deletes the letters up to a number',
  params: { organisation: field.bytes(ACCOUNT_ID_BYTES) },
  query: { upTo: field.integer(1) },
  body: null,
  answer: null,
  signedBy: 'organisation',
});

/** What a vault is, for those who look before they send. */
export const VaultStatus = defineFormat('vault-status', 1, {
  software: field.text(64),
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  objects: field.integer(),
  storedBytes: field.integer(),
});

export const getVaultStatus = defineEndpoint({
  name: 'get-vault-status',
  method: 'GET',
  path: '/v1/vault',
  summary: 'What this vault is and holds',
  params: {},
  query: {},
  body: null,
  answer: VaultStatus,
  signedBy: 'nobody',
});
