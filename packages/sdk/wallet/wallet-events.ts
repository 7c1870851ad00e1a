import { CHART_KINDS } from '@ward/charts';
import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
  type Seconds,
} from '@ward/protocol';
import { vaultTaskFields } from '../connection/backlog.ts';

const chart = field.bytes(DIGEST_BYTES);

/**
 * Everything that a wallet keeps, as events that are only ever added, so that several devices can
 * merge what they have: the union by id, each device's events in its own order.
 */
export const WalletEvent = defineFormat('wallet-event', 1, {
  id: field.bytes(16),
  time: field.integer<Seconds>(),
  event: field.variant({
    /** S, from which the charts' keys are derived. */
    walletMade: field.struct({ seed: field.bytes(32), label: field.text(128) }),
    /** Written before anything of the chart leaves the wallet; again while it is unfinished. */
    chartMade: field.struct({
      chart,
      number: field.integer(),
      chartKind: field.word(CHART_KINDS),
      ck: field.bytes(32),
      cold: field.bytes(DIGEST_BYTES),
      vaults: field.list(field.bytes(ACCOUNT_ID_BYTES), { min: 1, max: 8 }),
    }),
    /** A cold rotation: from now on the chart's keys come from this seed. */
    chartTakenOver: field.struct({
      chart,
      seed: field.bytes(32),
      ck: field.bytes(32),
      cold: field.bytes(DIGEST_BYTES),
      /** Version of the first header under it. */
      version: field.integer(),
    }),
    /** Seed of a cold key; it stays on the device only until it is in a backup. */
    coldKeyMade: field.struct({ chart, cold: field.bytes(DIGEST_BYTES), seed: field.bytes(32) }),
    epochMade: field.struct({ chart, epoch: field.integer(), seed: field.bytes(32) }),
    /** The epoch before this one is counted to its end. */
    epochCounted: field.struct({ chart, epoch: field.integer() }),
    /** R of a release key; who holds it. */
    releaseDealt: field.struct({
      chart,
      secret: field.bytes(32),
      commitments: field.list(field.bytes(32), { min: 1, max: 16 }),
      custodians: field.list(
        field.struct({ index: field.integer(1), organisation: field.bytes(ACCOUNT_ID_BYTES) }),
        { min: 1, max: 16 },
      ),
    }),
    cardMade: field.struct({
      chart,
      organisation: field.nullable(field.bytes(ACCOUNT_ID_BYTES)),
      recipient: field.bytesBetween(ACCOUNT_ID_BYTES, 32),
      /** Derived from the card root of then. */
      writeSecret: field.bytes(32),
    }),
    /** The owner accepts a source: it is listed for readers from the next header on. */
    sourceListed: field.struct({
      chart,
      organisation: field.bytes(ACCOUNT_ID_BYTES),
      writeSecret: field.bytes(32),
    }),
    grantMade: field.struct({
      chart,
      leaf: field.bytes(DIGEST_BYTES),
      salt: field.bytes(32),
      grant: field.bytesBetween(1, 16 * 1024),
    }),
    /** The grantee's envelope is in its inbox. */
    grantSent: field.struct({ chart, leaf: field.bytes(DIGEST_BYTES) }),
    grantRevoked: field.struct({ chart, leaf: field.bytes(DIGEST_BYTES) }),
    headerPublished: field.struct({ chart, version: field.integer(), digest: field.bytes(32) }),
    /** A unit of the owner's own is stored; its slot comes next. */
    ownUnitPlanned: field.struct({
      chart,
      epoch: field.integer(),
      n: field.integer(),
      commitment: field.bytes(DIGEST_BYTES),
      inputs: field.list(field.bytes(DIGEST_BYTES), { max: 4096 }),
    }),
    ownUnitWritten: field.struct({ chart, epoch: field.integer(), n: field.integer() }),
    /** The commitment names the unit still when its manifest, and so its label, is gone. */
    unitErased: field.struct({
      chart,
      label: field.bytes(DIGEST_BYTES),
      commitment: field.bytes(DIGEST_BYTES),
    }),
    recordErased: field.struct({ chart, label: field.bytes(DIGEST_BYTES), index: field.integer() }),
    chartErased: field.struct({ chart }),
    /** A vault was away when the others took something, or deleted it. */
    vaultMissed: field.struct(vaultTaskFields),
    vaultCaughtUp: field.struct(vaultTaskFields),
    /** A custodian did not answer when it was looked for, as it had before; or does again. */
    custodianAway: field.struct({ organisation: field.bytes(ACCOUNT_ID_BYTES) }),
    custodianBack: field.struct({ organisation: field.bytes(ACCOUNT_ID_BYTES) }),
    /** Sealing key of an organisation when the wallet last sealed to it. */
    keyRemembered: field.struct({
      organisation: field.bytes(ACCOUNT_ID_BYTES),
      keyDigest: field.bytes(DIGEST_BYTES),
    }),
  }),
});
export type WalletEvent = FormatOf<typeof WalletEvent>;
export type WalletChange = WalletEvent['event'];
