import {
  CHART_LIMITS,
  type DecideInput,
  Entry,
  ErasedLabels,
  entryDigest,
  Grant,
  Manifest,
  makeRoster,
  type OpeningRequest,
} from '@ward/charts';
import { accountKey, carriedSlot, organisationKey, slotKey } from '@ward/ledger/schema';
import { compareBytes, type StateClaim } from '@ward/protocol';
import type { DecideCase } from './decide-case.ts';
import { changeKey, dealt, erasedMany, takeOver } from './opening-changes.ts';
import { SAMPLE_TIME, type SampleOpening } from './sample-opening.ts';
import { seededRandom } from './seeded-random.ts';

function refusal(
  code: string,
  name: string,
  before: NonNullable<DecideCase['before']>,
): DecideCase {
  return { code, name, before };
}

function afterwards(
  code: string,
  name: string,
  after: NonNullable<DecideCase['after']>,
  before: NonNullable<DecideCase['before']> = () => {},
): DecideCase {
  return { code, name, after, before };
}

function tampered(
  code: string,
  name: string,
  tamper: (input: DecideInput, opening: SampleOpening) => DecideInput,
): DecideCase {
  return { code, name, tamper };
}

function withClaims(
  input: DecideInput,
  change: (claims: readonly StateClaim[]) => readonly StateClaim[],
): DecideInput {
  return { ...input, state: { ...input.state, claims: change(input.state.claims) } };
}

function withRequest(input: DecideInput, changes: Partial<OpeningRequest>): DecideInput {
  return { ...input, request: { ...input.request, ...changes } };
}

function withoutKey(input: DecideInput, key: Uint8Array): DecideInput {
  return withClaims(input, (claims) =>
    claims.filter((claim) => compareBytes(claim.key, key) !== 0),
  );
}

const LEDGER_CASES: DecideCase[] = [
  refusal('LEDGER_BEHIND', 'to judge by a block of a minute ago', (o) => {
    o.blockTime = SAMPLE_TIME - CHART_LIMITS.blockAgeSecondsMax;
  }),
  refusal('LEDGER_BEHIND', 'to judge by a clock that gives no time', (o) => {
    o.clock = Number.NaN;
  }),
  tampered('STATE_UNPROVED', 'a fact that the root does not prove', (input) =>
    withClaims(input, ([first, ...rest]) => [{ ...first!, value: null }, ...rest]),
  ),
  tampered('STATE_UNPROVED', 'a root of another state', (input) => ({
    ...input,
    state: { ...input.state, root: input.state.root.map((byte) => byte ^ 1) },
  })),
  tampered('STATE_UNPROVED', 'a false fact among the last ones', (input) =>
    withClaims(input, (claims) => [...claims.slice(0, -1), { ...claims.at(-1)!, value: null }]),
  ),
  tampered('STATE_UNPROVED', 'without any facts', (input) => withClaims(input, () => [])),
  tampered('STATE_UNPROVED', 'without what stands in the slot of the next header', (input, o) =>
    withoutKey(input, slotKey(carriedSlot(o.chart.header.nextSlot, o.chart.realm))),
  ),
  tampered('STATE_UNPROVED', 'without what stands in the cold slot', (input, o) =>
    withoutKey(input, slotKey(o.chart.header.authority.cold)),
  ),
  tampered('STATE_UNPROVED', 'without the record of the grantee', (input, o) =>
    withoutKey(input, organisationKey(o.grantee)),
  ),
  tampered('STATE_UNPROVED', 'without the account that asks', (input, o) =>
    withoutKey(input, accountKey(o.asker.account)),
  ),
  tampered('STATE_UNPROVED', 'without what stands in the slot of the entry', (input, o) =>
    withoutKey(input, slotKey(o.slotOf(o.entryNumber))),
  ),
  tampered('STATE_UNPROVED', 'without what stands in the slot of the first entry', (input, o) =>
    withoutKey(input, slotKey(o.slotOf(0))),
  ),
];

const CHART_CASES: DecideCase[] = [
  afterwards('CHART_SUPERSEDED', 'a header whose next slot is written', (o) => {
    const next = carriedSlot(o.chart.header.nextSlot, o.chart.realm);
    o.state.writeSlot(next, new Uint8Array(32), SAMPLE_TIME - 100);
  }),
  afterwards('CHART_SUPERSEDED', 'a header whose cold slot is written', (o) => {
    o.state.writeSlot(o.chart.authority.cold, new Uint8Array(32), SAMPLE_TIME - 100);
  }),
  afterwards('CHART_SUPERSEDED', 'a header whose own slot is not written', (o) => {
    o.state.delete(slotKey(carriedSlot(o.chart.header.slot, o.chart.realm)));
  }),
  afterwards('CHART_SUPERSEDED', 'a header whose slot holds another digest', (o) => {
    const slot = carriedSlot(o.chart.header.slot, o.chart.realm);
    o.state.writeSlot(slot, new Uint8Array(32), SAMPLE_TIME - 100);
  }),
  refusal('CHART_SUPERSEDED', 'an authority that no cold slot names', takeOver),
  afterwards(
    'CHART_SUPERSEDED',
    'an authority that is not the one in the cold slot',
    (o) => o.state.writeSlot(o.chart.authority.cold, new Uint8Array(32), SAMPLE_TIME - 100),
    takeOver,
  ),
  refusal('CHART_CLOSED', 'a frozen chart', (o) => {
    o.headerChanges = { state: 'frozen' };
  }),
  refusal('CHART_CLOSED', 'an erased chart', (o) => {
    o.headerChanges = { state: 'erased' };
  }),
  refusal('CHART_MISMATCH', 'a header of another chart than the entry names', (o) => {
    o.entry = { ...o.entry, chart: o.chart.random.bytes(32) };
  }),
  tampered('CHART_SIGNATURE', 'a header that its chart did not sign', (input) => {
    const header = input.request.header.slice();
    header[header.length - 1]! ^= 1;
    return withRequest(input, { header });
  }),
  tampered('CBOR_TRUNCATED', 'bytes that are no header', (input) =>
    withRequest(input, { header: Uint8Array.of(0x83) }),
  ),
];

const GRANT_CASES: DecideCase[] = [
  refusal('GRANT_REVOKED', 'a grant that the roster does not list', (o) => {
    o.roster = makeRoster([o.chart.random.bytes(32)], o.chart.random);
  }),
  tampered('GRANT_REVOKED', 'a roster that is not the one of the header', (input, o) =>
    withRequest(input, { roster: makeRoster([o.leaf], o.chart.random) }),
  ),
  refusal('GRANT_REVOKED', 'a grant that is not the one of the entry', (o) => {
    o.entry = { ...o.entry, leaf: o.chart.random.bytes(32) };
  }),
  tampered('GRANT_REVOKED', 'a grant with another salt', (input) =>
    withRequest(input, { grantSalt: new Uint8Array(32) }),
  ),
  tampered('GRANT_REVOKED', 'a grant that the grantee has widened', (input, o) =>
    withRequest(input, { grant: Grant.encode({ ...o.grant, until: o.grant.until + 1 }) }),
  ),
  refusal('GRANT_NOT_YET', 'a second before the grant begins', (o) =>
    o.changeGrant({ from: SAMPLE_TIME + 1 }),
  ),
  refusal('GRANT_EXPIRED', 'in the second in which the grant ends', (o) =>
    o.changeGrant({ until: SAMPLE_TIME }),
  ),
  refusal('GRANT_EXPIRED', 'an expired grant where the clock is slow and the block is not', (o) => {
    o.changeGrant({ until: SAMPLE_TIME - 5 });
    o.clock = SAMPLE_TIME - 1000;
  }),
  refusal('GRANT_EXPIRED', 'an expired grant where the block is behind the clock', (o) => {
    o.changeGrant({ until: SAMPLE_TIME });
    o.blockTime = SAMPLE_TIME - 59;
  }),
  refusal('PURPOSE_NOT_GRANTED', 'another purpose than the grant allows', (o) =>
    o.changeGrant({ purposes: ['HRESCH', 'HPAYMT'] }),
  ),
  refusal('PURPOSE_NOT_GRANTED', 'to read on a grant to write', (o) =>
    o.changeGrant({ actions: ['write'] }),
  ),
  tampered('FORMAT_WORD', 'a grant with a condition that it does not know', (input, o) => {
    const bytes = Grant.encode(o.grant);
    // Empty list of conditions, then os as a byte string of 32: a list of one word in its place.
    const at = bytes.length - 1 - 34 - 1;
    const word = Uint8Array.of(0x81, 0x61, 0x78);
    const grant = new Uint8Array([...bytes.slice(0, at), ...word, ...bytes.slice(at + 1)]);
    return withRequest(input, { grant });
  }),
  tampered('FORMAT_TYPE', 'bytes that are no grant', (input) =>
    withRequest(input, { grant: Uint8Array.of(0x60) }),
  ),
];

const ASKER_CASES: DecideCase[] = [
  refusal('GRANTEE_INACTIVE', 'a suspended grantee', (o) => {
    o.organisation = { ...o.organisation, status: 'suspended' };
  }),
  afterwards('GRANTEE_INACTIVE', 'a grantee that the ledger does not know', (o) =>
    o.state.delete(organisationKey(o.grantee)),
  ),
  afterwards('GRANTEE_INACTIVE', 'an account that the ledger does not know', (o) =>
    o.state.delete(accountKey(o.asker.account)),
  ),
  refusal('GRANTEE_INACTIVE', 'an account of another organisation', (o) => {
    o.account = { ...o.account, organisation: o.chart.random.bytes(16) };
  }),
  refusal('GRANTEE_INACTIVE', 'a key that is none of the account', (o) => {
    o.asker = { ...o.asker, publicKey: o.chart.random.bytes(32) };
  }),
  refusal('GRANTEE_INACTIVE', 'a key that has ended', (o) => changeKey(o, { until: SAMPLE_TIME })),
  refusal('GRANTEE_INACTIVE', 'a key that has not begun', (o) =>
    changeKey(o, { from: SAMPLE_TIME + 1 }),
  ),
  refusal('GRANTEE_INACTIVE', 'a key that is no service key', (o) => {
    const keys = o.account.keys.map((key) => ({ ...key, kind: 'device' as const }));
    o.account = { ...o.account, keys };
  }),
];

const ENTRY_CASES: DecideCase[] = [
  afterwards('ENTRY_UNCOMMITTED', 'an entry whose slot is empty', (o) =>
    o.state.delete(slotKey(o.slotOf(o.entryNumber))),
  ),
  afterwards('ENTRY_UNCOMMITTED', 'an entry whose slot holds another', (o) =>
    o.state.writeSlot(o.slotOf(o.entryNumber), new Uint8Array(32), SAMPLE_TIME - 10),
  ),
  tampered('ENTRY_UNCOMMITTED', 'an entry with another salt', (input) =>
    withRequest(input, { entrySalt: new Uint8Array(32) }),
  ),
  tampered('ENTRY_UNCOMMITTED', 'an entry with the response key of somebody else', (input, o) => {
    const { kem } = o.crypto;
    const responseKey = kem.openingKey(new Uint8Array(32).fill(9)).sealingKey.bytes;
    return withRequest(input, { entry: Entry.encode({ ...o.entry, responseKey }) });
  }),
  afterwards('ENTRY_UNCOMMITTED', 'an entry that stands at another number', (o) => {
    const { entrySalt: salt, chart } = o;
    const value = entryDigest({ salt, entry: Entry.encode(o.entry) }, chart.realm);
    o.state.writeSlot(o.slotOf(1), value, SAMPLE_TIME - 10);
    o.state.writeSlot(o.slotOf(2), new Uint8Array(32), SAMPLE_TIME - 10);
  }),
  afterwards('ENTRY_GAP', 'an entry behind one that is missing', (o) =>
    o.state.delete(slotKey(o.slotOf(1))),
  ),
  afterwards('ENTRY_GAP', 'an entry with a hole further back', (o) =>
    o.state.delete(slotKey(o.slotOf(0))),
  ),
  afterwards(
    'ENTRY_GAP',
    'an entry with a hole behind what was proved before',
    (o) => o.state.delete(slotKey(o.slotOf(1))),
    (o) => {
      o.entriesProved = 1;
    },
  ),
  refusal('ENTRY_STALE', 'an entry of ten minutes', (o) => {
    o.entryTime = SAMPLE_TIME - CHART_LIMITS.entryAgeSecondsMax;
  }),
  tampered('CBOR_FORBIDDEN', 'bytes that are no entry', (input) =>
    withRequest(input, { entry: Uint8Array.of(0x9f) }),
  ),
];

const EXTENT_CASES: DecideCase[] = [
  refusal('OPENINGS_EXHAUSTED', 'an opening more than the grant allows', (o) =>
    o.changeGrant({ openingsMax: 2 }),
  ),
  refusal('UNITS_TOO_MANY', 'a unit more than the grant allows', (o) =>
    o.changeGrant({ unitsPerOpeningMax: 1 }),
  ),
  refusal('UNIT_NOT_GRANTED', 'a unit that the grant does not list', (o) =>
    o.changeGrant({ units: o.entry.labels.slice(0, 1) }),
  ),
];

/** Replaces a part of the first manifest; root and label stay. */
function withManifest(
  input: DecideInput,
  change: (manifest: Manifest) => Partial<Manifest>,
): DecideInput {
  const [first, ...rest] = input.request.manifests;
  const manifest = Manifest.decode(first!);
  const changed = Manifest.encode({ ...manifest, ...change(manifest) });
  return withRequest(input, { manifests: [changed, ...rest] });
}

const UNIT_CASES: DecideCase[] = [
  tampered('UNIT_UNNAMED', 'fewer units than the entry names', (input) =>
    withRequest(input, { manifests: input.request.manifests.slice(1) }),
  ),
  tampered('UNIT_UNNAMED', 'more units than the entry names', (input) => {
    const { manifests } = input.request;
    return withRequest(input, { manifests: [...manifests, manifests[0]!] });
  }),
  tampered('UNIT_UNNAMED', 'other units than the entry names', (input) =>
    withRequest(input, { manifests: [...input.request.manifests].reverse() }),
  ),
  refusal('UNIT_MISMATCH', 'a unit of another chart', async (o) => {
    o.setUnits([...o.units, await o.writeUnder({ chart: o.chart.random.bytes(32) })]);
  }),
  refusal(
    'UNIT_MISMATCH',
    'a unit under a release key that the header does not list',
    async (o) => {
      const [release] = o.chart.header.releases;
      o.setUnits([...o.units, await o.writeUnder({ releases: [{ ...release!, ...dealt(o) }] })]);
    },
  ),
  refusal('UNIT_MISMATCH', 'a unit that needs no release', async (o) => {
    o.setUnits([...o.units, await o.writeUnder({ releases: [] })]);
  }),
  tampered('UNIT_MISMATCH', 'a manifest whose root does not follow from its leaves', (input) =>
    withManifest(input, () => ({ root: new Uint8Array(32) })),
  ),
  tampered('UNIT_MISMATCH', 'bytes that are no manifest', (input) =>
    withRequest(input, {
      manifests: input.request.manifests.map(() => Uint8Array.of(0x80)),
    }),
  ),
  refusal('UNIT_ERASED', 'a unit that the header lists as erased', (o) => {
    o.headerChanges = { erased: new ErasedLabels([o.entry.labels[1]!], o.crypto).field };
  }),
  refusal('UNIT_ERASED', 'a unit without a proof where the erased ones are a set', (o) => {
    o.headerChanges = { erased: erasedMany(o).field };
  }),
  refusal('UNIT_ERASED', 'a unit with a proof of another set', (o) => {
    o.headerChanges = { erased: erasedMany(o, o.entry.labels[0]!).field };
    const other = erasedMany(o);
    o.absences = o.entry.labels.map((label) => other.proveAbsent(label)!);
  }),
  tampered('POINT_UNPROVED', 'a point with the proof of another', (input, o) =>
    withManifest(input, ({ point }) => ({ point: { ...point!, u: o.points[1]! } })),
  ),
  tampered('POINT_UNPROVED', 'a point that is the identity', (input) =>
    withManifest(input, ({ point }) => ({ point: { ...point!, u: new Uint8Array(32) } })),
  ),
  tampered('POINT_UNPROVED', 'a point multiplied by a secret factor', (input, o) => {
    const factor = o.crypto.ristretto.reduceScalar(seededRandom(5).bytes(64));
    return withManifest(input, ({ point }) => {
      const u = o.crypto.ristretto.multiply(factor, point!.u)!;
      return { point: { ...point!, u } };
    });
  }),
];

/** Openings that break one rule each. */
export const REFUSED_OPENINGS: readonly DecideCase[] = [
  ...LEDGER_CASES,
  ...CHART_CASES,
  ...GRANT_CASES,
  ...ASKER_CASES,
  ...ENTRY_CASES,
  ...EXTENT_CASES,
  ...UNIT_CASES,
];
