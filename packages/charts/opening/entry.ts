import { writtenSlot } from '@ward/ledger/schema';
import {
  type AccountId,
  type ChartId,
  type Crypto,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  type Ed25519KeyPair,
  encodeCbor,
  equalBytes,
  type FormatOf,
  field,
  hash,
  mac,
  type OpeningKey,
  type Random,
  type Realm,
  SEAL_OVERHEAD_BYTES,
  SEALING_KEY_BYTES,
  type SealingKey,
  type Seconds,
  tagged,
  WardError,
} from '@ward/protocol';
import { PURPOSES } from '../grant/grant.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';
import { padBox, unpadBox } from '../sealed-box.ts';

/** Every actor is padded to this: custodians see the box, and nothing of a name. */
const ACTOR_BLOCK_BYTES = 384;
/** Bytes of a sealed actor. */
export const ACTOR_BOX_BYTES = SEAL_OVERHEAD_BYTES + ACTOR_BLOCK_BYTES;

/** Why a record is opened, in codes that the owner's wallet can put into words. */
export const REASONS = [
  'billing',
  'care-coordination',
  'consultation',
  'emergency',
  'legal',
  'patient-request',
  'public-health',
  'quality',
  'research',
  'second-opinion',
] as const;
export type Reason = (typeof REASONS)[number];

/** B: who opens which units, why, on which grant. Its digest is in a slot before B is shown. */
export const Entry = defineFormat('entry', 1, {
  chart: field.bytes(DIGEST_BYTES),
  /** The grant's leaf. */
  leaf: field.bytes(DIGEST_BYTES),
  /** Units to open. */
  labels: field.list(field.bytes(DIGEST_BYTES), {
    min: 1,
    max: LIMITS.unitsPerOpeningMax,
    sortedBy: '',
  }),
  purpose: field.word(PURPOSES),
  reason: field.word(REASONS),
  /** Binds the request that a member of staff signed. */
  actorCommitment: field.bytes(DIGEST_BYTES),
  /** The same, to be read by the owner. */
  actorBox: field.bytes(ACTOR_BOX_BYTES),
  /** Fresh: custodians seal their answers to it and to nothing else. */
  responseKey: field.bytes(SEALING_KEY_BYTES),
});
export type Entry = FormatOf<typeof Entry>;

/** H(open, salt, B): value of the entry's slot. */
export function entryDigest(
  { salt, entry }: { salt: Uint8Array; entry: Uint8Array },
  realm: Realm,
): Digest {
  return hash('open', [salt, entry], realm);
}

/** MAC(os, n): slot address of a grant's entry n. */
export function entryAddress(
  { openSecret, n }: { openSecret: Uint8Array; n: number },
  crypto: Crypto,
): Uint8Array {
  return mac('open-slot', openSecret, [n], crypto);
}

export interface EntryPlace {
  readonly grantee: AccountId;
  readonly openSecret: Uint8Array;
  readonly n: number;
}

/** Where entry n of a grant stands in the ledger. */
export function entrySlot({ grantee, openSecret, n }: EntryPlace, realm: Realm): Digest {
  const address = entryAddress({ openSecret, n }, realm.crypto);
  return writtenSlot({ organisation: grantee, address }, realm);
}

/** What a member of staff signs before the key service opens anything. */
export interface StaffRequest {
  readonly chart: ChartId;
  readonly leaf: Digest;
  readonly labels: readonly Digest[];
  readonly purpose: string;
  readonly reason: string;
  readonly time: Seconds;
}

export function staffRequestBytes(request: StaffRequest, { network }: Realm): Uint8Array {
  const { chart, leaf, labels, purpose, reason, time } = request;
  return tagged('staff-request', encodeCbor([network, chart, leaf, labels, purpose, reason, time]));
}

/** A person at the organisation, as its key service knows it. */
export interface Staff {
  readonly name: string;
  readonly role: string;
  readonly publicKey: Uint8Array;
}

/** Who acted, for the owner's eyes, with the signature that the entry commits to. */
export const Actor = defineFormat('actor', 1, {
  name: field.text(128),
  role: field.text(64),
  publicKey: field.bytes(32),
  time: field.integer<Seconds>(),
  signature: field.bytes(64),
  salt: field.bytes(32),
});
export type Actor = FormatOf<typeof Actor>;

/** H(actor, salt, key, signature): the organisation cannot name another actor afterwards. */
export function actorCommitment({ salt, publicKey, signature }: Actor, realm: Realm): Digest {
  return hash('actor', [salt, publicKey, signature], realm);
}

/** Has a member of staff sign a request. */
export function signStaffRequest(
  request: StaffRequest,
  { staff, keyPair }: { staff: Omit<Staff, 'publicKey'>; keyPair: Ed25519KeyPair },
  random: Random,
  realm: Realm,
): Actor {
  const message = staffRequestBytes(request, realm);
  return {
    name: staff.name,
    role: staff.role,
    publicKey: keyPair.publicKey,
    time: request.time,
    signature: realm.crypto.ed25519.sign(message, keyPair.secretKey),
    salt: random.bytes(32),
  };
}

export async function sealActor(
  actor: Actor,
  { chart, leaf, mailboxKey }: { chart: ChartId; leaf: Digest; mailboxKey: SealingKey },
  realm: Realm,
): Promise<Uint8Array> {
  const info = hash('actor-box', [chart, leaf], realm);
  const box = padBox(Actor.encode(actor), ACTOR_BLOCK_BYTES);
  return realm.crypto.kem.seal(box, { to: mailboxKey, info });
}

/**
 * The actor of an entry, for the owner: the box opens, the commitment and the signature fit.
 *
 * @param mailboxes Opening keys that the chart's mailbox has or had.
 * @returns Undefined where anything does not: the organisation then did not say who acted.
 */
export async function openActor(
  entry: Entry,
  mailboxes: readonly OpeningKey[],
  realm: Realm,
): Promise<Actor | undefined> {
  for (const mailbox of mailboxes) {
    const actor = await tryActor(entry, mailbox, realm);
    if (actor !== undefined) return actor;
  }
  return undefined;
}

async function tryActor(
  entry: Entry,
  mailbox: OpeningKey,
  realm: Realm,
): Promise<Actor | undefined> {
  const { chart, leaf, labels, purpose, reason } = entry;
  const info = hash('actor-box', [chart, leaf], realm);
  try {
    const opened = await realm.crypto.kem.open(entry.actorBox, { with: mailbox, info });
    const actor = Actor.decode(unpadBox(opened));
    const { time, signature, publicKey } = actor;
    const message = staffRequestBytes({ chart, leaf, labels, purpose, reason, time }, realm);
    const isSigned = realm.crypto.ed25519.verify(signature, message, publicKey);
    const isCommitted = equalBytes(actorCommitment(actor, realm), entry.actorCommitment);
    return isSigned && isCommitted ? actor : undefined;
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}
