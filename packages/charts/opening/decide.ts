import {
  Account,
  accountKey,
  isKeyActive,
  Organisation,
  organisationKey,
  Slot,
  slotKey,
} from '@ward/ledger/schema';
import {
  type AccountId,
  type Digest,
  equalBytes,
  type Realm,
  type Seconds,
  type StateClaim,
  verifyState,
  WardError,
} from '@ward/protocol';
import { isNotErased } from '../erasure/erased-set.ts';
import { Grant, grantLeaf } from '../grant/grant.ts';
import { isInRoster } from '../grant/roster.ts';
import { findRelease, parseHeader, type VerifiedHeader } from '../header/chart-header.ts';
import { currentKeys, isCurrent, type ProvedValues, provedValues } from '../header/current.ts';
import { CHART_LIMITS } from '../limits.ts';
import { objectName } from '../objects.ts';
import { verifyReleasePoint } from '../release/release-point.ts';
import { parseManifest } from '../unit/manifest.ts';
import { Entry, entryDigest, entrySlot } from './entry.ts';
import { refuse } from './errors.ts';
import type { OpeningRequest } from './request.ts';

/** Version of these rules; with the digest of this file it is a parameter of the network. */
export const DECIDE_VERSION = 1;

export interface DecideInput {
  readonly request: OpeningRequest;
  /** Who signed the request: account and key. The signature itself was verified before. */
  readonly asker: { readonly account: AccountId; readonly publicKey: Uint8Array };
  /** The custodian's own newest state: root and time of its header, and facts proved under it. */
  readonly state: {
    readonly root: Digest;
    readonly time: Seconds;
    readonly claims: readonly StateClaim[];
    /**
     * How many entries of this grant, from the first on, were proved to this custodian before. A
     * slot is never unwritten, so they need no second proof; 0 for a custodian without a memory.
     */
    readonly entriesProved: number;
  };
}

/** A point that may be multiplied with the share of this release key. */
export interface PermittedPoint {
  readonly label: Digest;
  readonly u: Uint8Array;
  readonly q: Uint8Array;
}

/** The objects of a request, decoded; the header's signature is verified. */
interface Shown {
  readonly entry: Entry;
  readonly grant: Grant;
  readonly header: VerifiedHeader;
}

/**
 * Consent, as a contract executed in private: whether a custodian may answer an opening. Pure: the
 * same input gives the same verdict on every machine. An input that it cannot read is refused.
 *
 * @param clock The custodian's clock; the present is the later of it and the newest block's time.
 * @returns The points to multiply, one for each label of the entry, in order.
 * @throws WardError with a code of `opening/errors.ts`, or of a format that does not decode.
 */
export function decide(input: DecideInput, clock: Seconds, realm: Realm): PermittedPoint[] {
  const { request, state } = input;
  const now = Math.max(state.time, clock);
  const shown = readRequest(request, realm);
  const facts = checkState(input, shown, now, realm);
  checkChart(shown, facts, realm);
  checkGrant(request, shown, now, realm);
  checkAsker(input, shown, now, facts);
  checkEntry(input, shown, now, facts, realm);
  checkExtent(request, shown);
  return permittedPoints(request, shown, realm);
}

/**
 * The state keys whose values `decide` needs; the custodian has them proved before it decides.
 *
 * @param asker Account and remembered entries as they will stand in the input.
 */
export function decideKeys(
  request: OpeningRequest,
  asker: { readonly account: AccountId; readonly entriesProved: number },
  realm: Realm,
): Uint8Array[] {
  return keysOf(request, readRequest(request, realm), asker, realm);
}

function readRequest(request: OpeningRequest, realm: Realm): Shown {
  const entry = Entry.decode(request.entry);
  const header = parseHeader(request.header, entry.chart, realm);
  return { entry, grant: Grant.decode(request.grant), header };
}

function keysOf(
  request: OpeningRequest,
  { grant, header }: Shown,
  { account, entriesProved }: { readonly account: AccountId; readonly entriesProved: number },
  realm: Realm,
): Uint8Array[] {
  const keys = [...currentKeys(header, realm), organisationKey(grant.grantee), accountKey(account)];
  const { entryNumber } = request;
  for (let n = Math.min(entriesProved, entryNumber); n <= entryNumber; n++) {
    keys.push(entryKey(grant, n, realm));
  }
  return keys;
}

function entryKey({ grantee, openSecret }: Grant, n: number, realm: Realm): Uint8Array {
  return slotKey(entrySlot({ grantee, openSecret, n }, realm));
}

/** The facts are all there, proved, and not older than a minute. */
function checkState(
  { request, asker, state }: DecideInput,
  shown: Shown,
  now: Seconds,
  realm: Realm,
): ProvedValues {
  const { time, claims, root, entriesProved } = state;
  // So put, a time that is no number is refused as well.
  if (!(now - time < CHART_LIMITS.blockAgeSecondsMax)) throw refuse('LEDGER_BEHIND');
  const isProved = claims.every((claim) => verifyState(claim, root, realm.crypto));
  if (!isProved) throw refuse('STATE_UNPROVED');
  const facts = provedValues(claims);
  const keys = keysOf(request, shown, { account: asker.account, entriesProved }, realm);
  if (!keys.every((key) => facts.has(key))) throw refuse('STATE_UNPROVED');
  return facts;
}

/** The header is the chart's newest, and the chart is open. */
function checkChart({ header }: Shown, facts: ProvedValues, realm: Realm): void {
  if (!isCurrent(header, facts, realm)) throw refuse('CHART_SUPERSEDED');
  if (header.header.state !== 'open') throw refuse('CHART_CLOSED');
}

/** The grant is in the roster of this header, holds now, and allows reading for this purpose. */
function checkGrant(request: OpeningRequest, shown: Shown, now: Seconds, realm: Realm): void {
  const { entry, grant, header } = shown;
  const leaf = grantLeaf({ salt: request.grantSalt, grant: request.grant }, realm);
  const roster = objectName(request.roster, realm.crypto);
  const isListed =
    equalBytes(leaf, entry.leaf) &&
    equalBytes(roster, header.header.roster) &&
    isInRoster(request.roster, leaf);
  if (!isListed) throw refuse('GRANT_REVOKED');
  if (now < grant.from) throw refuse('GRANT_NOT_YET');
  if (now >= grant.until) throw refuse('GRANT_EXPIRED');
  const isMeant = grant.purposes.includes(entry.purpose) && grant.actions.includes('read');
  // No condition is known yet; a format that lists none cannot decode one.
  if (!isMeant || grant.conditions.length > 0) throw refuse('PURPOSE_NOT_GRANTED');
}

/** The grantee is an active organisation and asks itself, by a key that is its own now. */
function checkAsker(
  { asker }: DecideInput,
  { grant }: Shown,
  now: Seconds,
  facts: ProvedValues,
): void {
  const organisation = facts.bytes(organisationKey(grant.grantee));
  const account = facts.bytes(accountKey(asker.account));
  if (organisation === null || account === null) throw refuse('GRANTEE_INACTIVE');
  const { organisation: member, keys } = Account.decode(account);
  const isMember =
    equalBytes(member, grant.grantee) && Organisation.decode(organisation).status === 'active';
  const isKey = keys.some(
    (key) =>
      key.kind === 'service' && equalBytes(key.publicKey, asker.publicKey) && isKeyActive(key, now),
  );
  if (!isMember || !isKey) throw refuse('GRANTEE_INACTIVE');
}

/** The entry is committed where it belongs, all before it are there, and it is fresh. */
function checkEntry(
  { request, state }: DecideInput,
  { grant }: Shown,
  now: Seconds,
  facts: ProvedValues,
  realm: Realm,
): void {
  const { entry, entrySalt, entryNumber } = request;
  const own = facts.bytes(entryKey(grant, entryNumber, realm));
  if (own === null) throw refuse('ENTRY_UNCOMMITTED');
  const { value, time } = Slot.decode(own);
  const digest = entryDigest({ salt: entrySalt, entry }, realm);
  if (!equalBytes(value, digest)) throw refuse('ENTRY_UNCOMMITTED');
  // Not only the one before: the owner walks to the first hole and would miss all behind it.
  for (let n = state.entriesProved; n < entryNumber; n++) {
    if (facts.bytes(entryKey(grant, n, realm)) === null) throw refuse('ENTRY_GAP');
  }
  if (now - time >= CHART_LIMITS.entryAgeSecondsMax) throw refuse('ENTRY_STALE');
}

/** The grant's caps and units. */
function checkExtent({ entryNumber }: OpeningRequest, { entry, grant }: Shown): void {
  if (entryNumber >= grant.openingsMax) throw refuse('OPENINGS_EXHAUSTED');
  if (entry.labels.length > grant.unitsPerOpeningMax) throw refuse('UNITS_TOO_MANY');
  const { units } = grant;
  const isGranted = (label: Digest) => units === null || units.some((u) => equalBytes(u, label));
  if (!entry.labels.every(isGranted)) throw refuse('UNIT_NOT_GRANTED');
}

/** Each label recomputes from its manifest, for this chart and its key, and its point is proved. */
function permittedPoints(request: OpeningRequest, shown: Shown, realm: Realm): PermittedPoint[] {
  const { entry } = shown;
  const { header } = shown.header;
  if (request.manifests.length !== entry.labels.length) throw refuse('UNIT_UNNAMED');
  return entry.labels.map((label, i) => {
    const parsed = readManifest(request.manifests[i]!, realm);
    if (!equalBytes(parsed.label, label)) throw refuse('UNIT_UNNAMED');
    const { chart, q, point } = parsed.manifest;
    const isOfChart = equalBytes(chart, header.chart) && findRelease(header, q) !== undefined;
    if (!isOfChart || point === null) throw refuse('UNIT_MISMATCH');
    const { erased } = header;
    const absence = request.absences[i];
    if (!isNotErased(label, { erased, absence }, realm.crypto)) throw refuse('UNIT_ERASED');
    if (!verifyReleasePoint(point, label, realm.crypto)) throw refuse('POINT_UNPROVED');
    return { label, u: point.u, q };
  });
}

function readManifest(bytes: Uint8Array, realm: Realm) {
  try {
    return parseManifest(bytes, realm);
  } catch (error) {
    if (error instanceof WardError) throw refuse('UNIT_MISMATCH');
    throw error;
  }
}
