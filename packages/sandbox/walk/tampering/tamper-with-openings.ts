import {
  combineShares,
  getBody,
  getObject,
  Manifest,
  type OpeningAnswer,
  openRecord,
  openUnitKey,
  type ParsedManifest,
  packedName,
  parseManifest,
  unitLabel,
} from '@ward/charts';
import { callRaw } from '@ward/protocol';
import { type CommittedOpening, commitHostile, showTo } from '../hostile-opening.ts';
import { demand, demandRefusal } from '../step.ts';
import { hostileBase } from '../steps/refuse-more.ts';
import type { WalkState } from '../walk-state.ts';

const DAY_MS = 24 * 3600 * 1000;
const MONTH_DAYS = 31;
const LONG_DAYS = 90;

/** What the attacks on openings share: a second grant, and an entry that will be a month old. */
interface SecondGrant {
  readonly leaf: Uint8Array;
  readonly old: CommittedOpening;
  readonly answers: readonly OpeningAnswer[];
}

const prepared = new WeakMap<WalkState, SecondGrant>();

/**
 * The patient grants B the chart again, for 90 days, and an insider of B opens a unit past the key
 * service: with this entry and these answers the attacks begin.
 */
export async function prepareSecondGrant(state: WalkState): Promise<void> {
  const { wallet, sharedKind, sharedUnits } = state;
  const { leaf } = await wallet.consent.grant({
    chart: sharedKind,
    grantee: state.id('hospital-b'),
    purposes: ['TREAT'],
    until: wallet.connection.now() + (LONG_DAYS * DAY_MS) / 1000,
  });
  await state.hospitalB.ward.access.collect();
  const base = await hostileBase(state, leaf);
  const old = await commitHostile({ ...base, named: [sharedUnits[0]!.parsed!] });
  const answers: OpeningAnswer[] = [];
  for (const custodian of state.custodianIds.slice(0, 3))
    answers.push(await showTo(custodian, old));
  prepared.set(state, { leaf, old, answers });
}

/** Two shares are combined as if they were enough. */
export async function catchTwoCustodians(state: WalkState): Promise<string> {
  const { leaf, answers } = prepared.get(state)!;
  const { crypto } = state.wallet.connection.realm;
  const unit = state.sharedUnits[0]!.parsed!;
  const points = answers.map(({ released: [part] }) => ({
    index: part!.index,
    point: part!.points[0]!.point,
  }));
  const enough = combineShares(points, points.length, crypto);
  await readWith(state, { leaf, unit, k2: enough });
  const tooFew = combineShares(points.slice(0, 2), 2, crypto);
  const code = await demandRefusal(['SEAL_INVALID'], () =>
    readWith(state, { leaf, unit, k2: tooFew }),
  );
  return `two of three needed shares open nothing (${code}); the same with the third one opens`;
}

/** Opens the first body of a unit with a k2 from somewhere. */
async function readWith(
  state: WalkState,
  { leaf, unit, k2 }: { leaf: Uint8Array; unit: ParsedManifest; k2: Uint8Array },
): Promise<void> {
  const { ward } = state.hospitalB;
  const { realm } = ward.connection;
  const { epoch, bodies, packed } = unit.manifest;
  const seed = ward.keys.grant(leaf).seeds.get(epoch)!;
  const keys = { k1: await openUnitKey(unit, ward.keys.epochKey(seed), realm), k2 };
  const vault = await ward.connection.server(state.id('hospital-a'), 'vault');
  const name = packed ? packedName(bodies, realm.crypto) : bodies[0]!.digest;
  const body = packed
    ? await callRaw(getBody, { params: { name, index: 0 }, query: {}, body: null }, vault)
    : await callRaw(getObject, { params: { name }, query: {}, body: null }, vault);
  const { bytes } = await openRecord({ unit, keys, index: 0 }, body, realm);
  for await (const piece of bytes) demand(piece.length > 0, 'the record has bytes');
}

/** The point of a unit that was not asked for, blinded inside a unit of the attacker's making. */
export async function catchBlindedPoint(state: WalkState): Promise<string> {
  const { leaf } = prepared.get(state)!;
  const { realm, random } = state.hospitalB.ward.connection;
  const base = await hostileBase(state, leaf);
  const target = state.sharedUnits[1]!.parsed!.manifest;
  const { multiply, reduceScalar } = realm.crypto.ristretto;
  const factor = reduceScalar(random.bytes(64));
  const u = multiply(factor, target.point!.u)!;
  const uBar = multiply(factor, target.point!.uBar)!;
  const junk = { ...target, unit: random.bytes(16), point: { ...target.point!, u, uBar } };
  const label = unitLabel({ ...junk, count: junk.leaves.length }, realm);
  const parsed = parseManifest(Manifest.encode(junk), realm);
  demand(
    parsed.label.every((byte, i) => byte === label[i]),
    'the junk unit has a label of its own',
  );
  const committed = await commitHostile({ ...base, named: [parsed] });
  let code = '';
  for (const custodian of state.custodianIds) {
    code = await demandRefusal(['POINT_UNPROVED'], () => showTo(custodian, committed));
  }
  return `refused by every custodian: no proof ties the point to its label (${code})`;
}

/** A month passes; the grant still holds, the header is still current. */
export async function catchReplayedEntry(state: WalkState): Promise<string> {
  const { old } = prepared.get(state)!;
  const { network } = state;
  await network.moveClock(network.clockOffsetMs + MONTH_DAYS * DAY_MS);
  let code = '';
  for (const custodian of state.custodianIds) {
    code = await demandRefusal(['ENTRY_STALE'], () => showTo(custodian, old));
  }
  return `refused by every custodian ${MONTH_DAYS} days later (${code})`;
}
