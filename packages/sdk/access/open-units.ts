import {
  type Actor,
  actorCommitment,
  Entry,
  entryAddress,
  entryDigest,
  entrySlot,
  Manifest,
  type OpeningReceipt,
  OpeningRequest,
  openUnitKey,
  refuseChart,
  refuseOpening,
  type StaffRequest,
  sealActor,
} from '@ward/charts';
import { Slot, slotKey, WriteSlots } from '@ward/ledger/schema';
import {
  compareBytes,
  type Digest,
  equalBytes,
  hasCode,
  type OpeningKey,
  type Seconds,
  toHex,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { message, submit } from '../connection/submit.ts';
import { Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import { type MadeEntry, nextEntry, type ReceivedGrant } from '../key-service/key-service-state.ts';
import { type OpenRecord, readRecord } from '../records/open-own.ts';
import { bodyPages, fetchPackedBodies, type UnitBodies } from '../records/packed-bodies.ts';
import type { UnitSummary } from '../records/unit-summary.ts';
import { walkRows } from '../records/walk.ts';
import { collectShares, type ShareProblem } from './collect-shares.ts';
import { absencesOf } from './erased-absences.ts';
import { type GrantedView, learnSeeds, viewGranted } from './granted-view.ts';

export interface OpenParameters {
  readonly leaf: Digest;
  /** Units to open, as `listGrantedUnits` gave them. */
  readonly units: readonly UnitSummary[];
  readonly purpose: Entry['purpose'];
  readonly reason: Entry['reason'];
  /** The staff member's signature over just this request: see `staffRequestFor`. */
  readonly actor: Actor;
  /**
   * Asks custodians also where the grant itself says no: an entry is spent, nothing is opened, and
   * the owner sees the attempt.
   */
  readonly isAttempt?: boolean;
}

/** A unit with its records. */
export interface OpenedUnit {
  readonly unit: UnitSummary;
  readonly records: readonly OpenRecord[];
}

/** What an opening gave. */
export interface Opening {
  /** Number of the entry within the grant. */
  readonly n: number;
  /** Value of the entry's slot. */
  readonly entry: Digest;
  readonly units: readonly OpenedUnit[];
  /** Signed words of the custodians that permitted. */
  readonly receipts: readonly OpeningReceipt[];
  /** Custodians that were asked in vain: away, refusing, or with a share that is not theirs. */
  readonly problems: readonly ShareProblem[];
}

/** The request that a member of staff signs for an opening. */
export function staffRequestFor(
  service: KeyService,
  parameters: Pick<OpenParameters, 'leaf' | 'units' | 'purpose' | 'reason'>,
  time: Seconds,
): StaffRequest {
  const { leaf, purpose, reason } = parameters;
  const { chart } = service.grant(leaf);
  const labels = sortUnits(parameters.units).map(({ label }) => label!);
  return { chart, leaf, labels, purpose, reason, time };
}

/** Units in the order of their labels, which is the order of the entry. */
function sortUnits(units: readonly UnitSummary[]): UnitSummary[] {
  for (const { label, n } of units) if (label === undefined) throw refuse('UNIT_WITHHELD', { n });
  return [...units].sort((a, b) => compareBytes(a.label!, b.label!));
}

/**
 * Opens units: the entry is committed first, then custodians are asked, and the records decrypt and
 * verify only with enough of their shares.
 *
 * @throws WardError `PURPOSE_NOT_GRANTED` before anything is spent, a custodian's refusal by its
 * own code, `SHARES_TOO_FEW`, `STAFF_SIGNATURE`,
 * `GRANT_REVOKED`, `SEED_UNKNOWN` for a unit of an epoch that the grant does not reach, what vaults
 * and nodes refuse.
 */
export async function openUnits(
  service: KeyService,
  parameters: OpenParameters,
  connection: Connection,
): Promise<Opening> {
  const { leaf, actor } = parameters;
  service.checkStaff(staffRequestFor(service, parameters, actor.time), actor);
  const granted = service.grant(leaf);
  if (parameters.isAttempt !== true) checkPurpose(granted, parameters);
  const units = sortUnits(parameters.units);
  const view = await viewGranted(service, leaf, connection);
  await learnMissingSeeds(service, { granted, units, view }, connection);
  const { made, responseKey } = await service.inOrder(`open/${toHex(leaf)}`, async () => {
    await refillEntries(service, granted, connection);
    return placeEntry(service, granted, { ...parameters, units, view }, connection);
  });
  const entry = entryDigest(made, service.realm);
  const request = await requestOf({ view, granted, made, units }, connection);
  const input = { view, entry, responseKey, units, request };
  const [first = [], ...later] = bodyPages(units, ({ parsed }) => parsed);
  // What the vaults have is sealed: it may come while the custodians decide.
  const [{ keys, receipts, problems }, fetched] = await Promise.all([
    collectShares(service, input, connection),
    fetchPage(first, view, connection),
  ]);
  const common = { service, granted, view, keys };
  const opened = await readUnits(first, { ...common, fetched }, connection);
  for (const page of later) {
    const next = await fetchPage(page, view, connection);
    opened.push(...(await readUnits(page, { ...common, fetched: next }, connection)));
  }
  return { n: made.n, entry, units: opened, receipts, problems };
}

/** What the grant says in so many words needs no custodian: each entry counts against its cap. */
function checkPurpose({ grant }: ReceivedGrant, { purpose }: OpenParameters): void {
  if (!grant.purposes.includes(purpose) || !grant.actions.includes('read')) {
    throw refuseOpening('PURPOSE_NOT_GRANTED');
  }
}

/** Without its epoch's seed a unit stays sealed: no entry is spent on it. */
async function learnMissingSeeds(
  service: KeyService,
  input: { granted: ReceivedGrant; units: readonly UnitSummary[]; view: GrantedView },
  connection: Connection,
): Promise<void> {
  const { granted, units, view } = input;
  const isMissing = () => units.some(({ epoch }) => !granted.seeds.has(epoch));
  if (isMissing()) await learnSeeds(service, granted, view, connection);
  const unknown = units.find(({ epoch }) => !granted.seeds.has(epoch));
  if (unknown !== undefined) throw refuseChart('SEED_UNKNOWN', { epoch: unknown.epoch });
}

function fetchPage(
  page: readonly UnitSummary[],
  { vaults }: GrantedView,
  connection: Connection,
): ReturnType<typeof fetchPackedBodies> {
  const units = page.map(({ parsed }) => parsed!);
  return fetchPackedBodies(units, new Vaults(vaults, connection), connection);
}

interface EntryInput extends OpenParameters {
  readonly view: GrantedView;
}

/** An entry, and the key that opens the answers to it. */
interface OwnEntry {
  readonly made: MadeEntry;
  readonly responseKey: OpeningKey;
}

/** Makes the next entry and keeps its response secret before anybody hears of it. */
async function makeEntry(
  service: KeyService,
  granted: ReceivedGrant,
  { units, purpose, reason, actor, view }: EntryInput,
): Promise<OwnEntry> {
  const { realm, random } = service;
  const { chart, leaf } = granted;
  const responseSeed = random.bytes(32);
  const responseKey = realm.crypto.kem.openingKey(responseSeed);
  const mailboxKey = realm.crypto.kem.sealingKey(view.current.header.mailboxKey);
  const entry = Entry.encode({
    chart,
    leaf,
    labels: units.map(({ label }) => label!),
    purpose,
    reason,
    actorCommitment: actorCommitment(actor, realm),
    actorBox: await sealActor(actor, { chart, leaf, mailboxKey }, realm),
    responseKey: responseKey.sealingKey.bytes,
  });
  const n = nextEntry(granted);
  const salt = random.bytes(32);
  await service.record({ kind: 'entryMade', leaf, n, salt, entry, responseSeed });
  return { made: granted.entries.get(n)!, responseKey };
}

/** How often an entry is made again because a restored key service had forgotten others. */
const ATTEMPTS_MAX = 3;

/** Makes an entry and commits it; behind those that a restored key service has forgotten. */
async function placeEntry(
  service: KeyService,
  granted: ReceivedGrant,
  input: EntryInput,
  connection: Connection,
): Promise<OwnEntry> {
  for (let attempt = 1; ; attempt++) {
    const own = await makeEntry(service, granted, input);
    try {
      await commitEntry(service, granted, own.made, connection);
      return own;
    } catch (error) {
      if (!hasCode(error, 'SLOT_TAKEN') || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

/**
 * Writes the entry's slot; one that holds this entry already is a success.
 *
 * @throws WardError `SLOT_TAKEN` where it holds another one: the first free place is noted.
 */
async function commitEntry(
  service: KeyService,
  granted: ReceivedGrant,
  made: MadeEntry,
  connection: Connection,
): Promise<void> {
  const { realm } = service;
  const { leaf, grant } = granted;
  const { grantee, openSecret } = grant;
  const value = entryDigest(made, realm);
  const address = entryAddress({ openSecret, n: made.n }, realm.crypto);
  try {
    const slots = [{ address, value }];
    await submit(connection, [message(WriteSlots, { slots })], [service.serviceSigner]);
  } catch (error) {
    if (!hasCode(error, 'SLOT_TAKEN')) throw error;
    const key = slotKey(entrySlot({ grantee, openSecret, n: made.n }, realm));
    const slot = (await connection.prove([key])).record(Slot, key);
    const isOwn = slot !== null && equalBytes(slot.value, value);
    if (!isOwn) {
      // A restored key service has forgotten its last entries: it goes on behind them.
      const row = {
        slotAt: (n: number) => entrySlot({ grantee, openSecret, n }, realm),
        from: made.n,
      };
      const [walked] = await walkRows([row], connection);
      await service.record({ kind: 'entriesSeen', leaf, n: walked!.firstAbsent });
      throw error;
    }
  }
  await service.record({ kind: 'entryCommitted', leaf, n: made.n });
}

/** A hole blocks what comes behind it: entries that were made but not committed go first. */
async function refillEntries(
  service: KeyService,
  granted: ReceivedGrant,
  connection: Connection,
): Promise<void> {
  for (const made of [...granted.entries.values()]) {
    if (made.isCommitted || made.n < granted.entriesSeen) continue;
    try {
      await commitEntry(service, granted, made, connection);
    } catch (error) {
      if (!hasCode(error, 'SLOT_TAKEN')) throw error;
    }
  }
}

interface RequestInput {
  readonly view: GrantedView;
  readonly granted: ReceivedGrant;
  readonly made: MadeEntry;
  readonly units: readonly UnitSummary[];
}

/** What every custodian is shown. */
async function requestOf(
  { view, granted, made, units }: RequestInput,
  connection: Connection,
): Promise<Uint8Array> {
  const { envelope } = granted;
  const labels = units.map(({ label }) => label!);
  return OpeningRequest.encode({
    entry: made.entry,
    entrySalt: made.salt,
    entryNumber: made.n,
    grant: envelope.grant,
    grantSalt: envelope.salt,
    roster: view.roster,
    header: view.current.bytes,
    manifests: units.map(({ parsed }) => Manifest.encode(parsed!.manifest)),
    absences: await absencesOf(view, labels, connection),
  });
}

interface ReadInput {
  readonly service: KeyService;
  readonly granted: ReceivedGrant;
  readonly view: GrantedView;
  /** k2 by label. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Bodies that came already, by label. */
  readonly fetched: ReadonlyMap<string, UnitBodies>;
}

async function readUnits(
  units: readonly UnitSummary[],
  { service, granted, view, keys, fetched }: ReadInput,
  connection: Connection,
): Promise<OpenedUnit[]> {
  const opened: OpenedUnit[] = [];
  for (const unit of units) {
    const parsed = unit.parsed!;
    const name = toHex(parsed.label);
    const epochKey = service.epochKey(granted.seeds.get(unit.epoch)!);
    const k1 = await openUnitKey(parsed, epochKey, service.realm);
    // None where the unit stands under no release key.
    const unitKeys = { k1, k2: keys.get(name) ?? new Uint8Array(0) };
    const records: OpenRecord[] = [];
    for (let index = 0; index < parsed.manifest.bodies.length; index++) {
      const place = { parsed, keys: unitKeys, index, body: fetched.get(name)?.get(index) };
      records.push(await readRecord(place, view.vaults, connection));
    }
    opened.push({ unit, records });
  }
  return opened;
}
