import {
  ACCOUNT_ID_BYTES,
  type ChartId,
  defineFormat,
  type FormatOf,
  field,
  hash,
  type OpeningKey,
  type Realm,
  type SealingKey,
  type Seconds,
} from '@ward/protocol';
import { CHART_LIMITS } from '../limits.ts';

/**
 * What reaches the owner's mailbox; one registry of kinds.
 *
 * - `opening`: a custodian was shown an entry; sent before it answers, refusals too.
 * - `knock`: a writer to an inbox left a unit; a hint, the walk of the slots is the proof.
 * - `summary`: more openings came than a day has notices.
 */
export const Notice = defineFormat('notice', 1, {
  time: field.integer<Seconds>(),
  notice: field.variant({
    opening: field.struct({
      custodian: field.bytes(ACCOUNT_ID_BYTES),
      grantee: field.bytes(ACCOUNT_ID_BYTES),
      entry: field.bytesBetween(1, 48 * 1024),
      entrySalt: field.bytes(32),
      entryNumber: field.integer(0, CHART_LIMITS.openingsMax),
      /** PERMITTED or the code of the refusal. */
      verdict: field.text(64),
    }),
    knock: field.struct({
      organisation: field.bytes(ACCOUNT_ID_BYTES),
      /** Recipient of the card, by which the owner finds the write secret. */
      recipient: field.bytesBetween(ACCOUNT_ID_BYTES, 32),
      epoch: field.integer(),
      n: field.integer(),
    }),
    summary: field.struct({
      custodian: field.bytes(ACCOUNT_ID_BYTES),
      count: field.integer(1),
    }),
  }),
});
export type Notice = FormatOf<typeof Notice>;

/** Seals a notice into the mailbox of a chart. */
export function sealNotice(
  notice: Notice,
  { chart, key }: { chart: ChartId; key: SealingKey },
  realm: Realm,
): Promise<Uint8Array> {
  const info = hash('mailbox-seal', [chart], realm);
  return realm.crypto.kem.seal(Notice.encode(notice), { to: key, info });
}

/** @throws WardError `SEAL_INVALID`, `CBOR_*`, `FORMAT_*`. */
export async function openNotice(
  sealed: Uint8Array,
  { chart, key }: { chart: ChartId; key: OpeningKey },
  realm: Realm,
): Promise<Notice> {
  const info = hash('mailbox-seal', [chart], realm);
  return Notice.decode(await realm.crypto.kem.open(sealed, { with: key, info }));
}
