import { Card, GrantEnvelope } from '@ward/charts';
import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
  type Seconds,
} from '@ward/protocol';
import { vaultTaskFields } from '../connection/backlog.ts';

const digest = field.bytes(DIGEST_BYTES);
const chart = digest;

/** Units that are written together: consecutive places of one source. */
const plannedFields = {
  chart,
  epoch: field.integer(),
  firstN: field.integer(),
  units: field.list(
    field.struct({
      commitment: digest,
      label: digest,
      inputs: field.list(digest, { max: 4096 }),
    }),
    { min: 1, max: 1000 },
  ),
};

/** Everything that an organisation's key service keeps, as events that are only ever added. */
export const KeyServiceEvent = defineFormat('key-service-event', 1, {
  time: field.integer<Seconds>(),
  event: field.variant({
    organisationMade: field.struct({
      account: field.bytes(ACCOUNT_ID_BYTES),
      name: field.text(100),
      serviceSeed: field.bytes(32),
      officerSeed: field.bytes(32),
      sealingSeed: field.bytes(32),
    }),
    staffEnrolled: field.struct({
      id: field.bytes(16),
      name: field.text(128),
      role: field.text(64),
      publicKey: field.bytes(32),
    }),
    staffEnded: field.struct({ id: field.bytes(16) }),
    cardReceived: field.struct({ card: Card.schema }),
    grantReceived: field.struct({ envelope: GrantEnvelope.schema }),
    /** Letters up to this number were read. */
    lettersRead: field.struct({ upTo: field.integer() }),
    seedLearned: field.struct({
      leaf: digest,
      epoch: field.integer(),
      seed: field.bytes(32),
    }),
    /** Objects are stored; the slots come next. */
    unitsPlanned: field.struct(plannedFields),
    /** The slots are committed, and the header was current when they were. */
    unitsWritten: field.struct({ chart, epoch: field.integer(), firstN: field.integer() }),
    /** The header had changed: the units were written again elsewhere. */
    unitsAbandoned: field.struct({ chart, epoch: field.integer(), firstN: field.integer() }),
    /** The ledger showed that this place of the source is the first free one. */
    placeSeen: field.struct({ chart, epoch: field.integer(), n: field.integer() }),
    /** Durable before the entry is submitted: it can be submitted again, and its answers opened. */
    entryMade: field.struct({
      leaf: digest,
      n: field.integer(),
      salt: field.bytes(32),
      entry: field.bytesBetween(1, 64 * 1024),
      responseSeed: field.bytes(32),
    }),
    /** The ledger showed that this is the first free place of the grant's entries. */
    entriesSeen: field.struct({ leaf: digest, n: field.integer() }),
    entryCommitted: field.struct({ leaf: digest, n: field.integer() }),
    /** A vault was away when the others took a unit. */
    vaultMissed: field.struct(vaultTaskFields),
    vaultCaughtUp: field.struct(vaultTaskFields),
  }),
});
export type KeyServiceEvent = FormatOf<typeof KeyServiceEvent>;
export type KeyServiceChange = KeyServiceEvent['event'];
