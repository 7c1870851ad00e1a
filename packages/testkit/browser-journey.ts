import { type RecordInput, signStaffRequest } from '@ward/charts';
import { NetworkFile } from '@ward/ledger/schema';
import { decodeUtf8, encodeUtf8, parseHex, toHex, WardError } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import {
  createWard,
  type EventStore,
  memoryEventStore,
  type OrganisationWard,
  type PersonWard,
  type UnitSummary,
} from '@ward/sdk';

/** What a page is given: all of it JSON. */
export interface BrowserJourney {
  readonly networkFile: unknown;
  /** Organisations by name: id, and the records of its key service. */
  readonly hospitalA: { readonly id: string; readonly events: readonly string[] };
  readonly hospitalB: { readonly id: string; readonly events: readonly string[] };
  readonly vaults: readonly string[];
  readonly custodians: readonly string[];
  readonly staff: { readonly name: string; readonly role: string; readonly seed: string };
}

/** What came of it. */
export interface BrowserReport {
  readonly found: readonly string[];
  readonly opened: readonly string[];
  readonly released: readonly string[];
  readonly receipts: number;
  readonly looked: readonly string[];
  readonly refused: string;
  readonly blocks: number;
  /** The wallet, to be opened elsewhere. */
  readonly wallet: readonly string[];
}

declare global {
  /** Set by this script, which runs in a page: a record's whole way, all clients in the browser. */
  var walkInBrowser: (given: BrowserJourney) => Promise<BrowserReport>;
}

const HOUR_SECONDS = 3600;
const TEXTS = ['a visit (synthetic)', 'another visit (synthetic)'];
const crypto = await loadCrypto();

async function storeOf(events: readonly string[]): Promise<EventStore> {
  const store = memoryEventStore();
  await store.append(events.map((event) => parseHex(event)));
  return store;
}

function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  const inputDigest = crypto.sha256(bytes);
  const metadata = { mediaType: 'text/plain', resourceType: '', name: 'visit.txt', inputDigest };
  return { metadata: { ...metadata, sizeBytes: bytes.length }, open: () => [bytes] };
}

/** Makes a chart that hospital A writes into, and tells what the wallet finds. */
async function write(person: PersonWard, hospital: OrganisationWard, given: BrowserJourney) {
  const chart = await person.charts.create({
    kind: 'general',
    vaults: given.vaults.map((id) => parseHex(id)),
    custodians: given.custodians.map((id) => parseHex(id)),
    threshold: 3,
  });
  await person.charts.sendCard(chart, parseHex(given.hospitalA.id));
  await hospital.access.collect();
  const caption = { kind: 'encounter', month: 24_322 } as const;
  const units = TEXTS.map((text) => ({ caption, records: [record(text)] }));
  await hospital.records.add({ chart, units, credential: 'Clinician (synthetic)' });
  await person.records.accept(chart, parseHex(given.hospitalA.id));
  return chart;
}

/** A member of staff of hospital B opens a unit. */
async function openUnit(
  hospital: OrganisationWard,
  { leaf, unit }: { leaf: Uint8Array; unit: UnitSummary },
  { staff: { name, role, seed } }: BrowserJourney,
) {
  const asked = { leaf, units: [unit], purpose: 'TREAT', reason: 'consultation' } as const;
  const request = hospital.access.request(asked);
  const signer = { staff: { name, role }, keyPair: crypto.ed25519.keyPair(parseHex(seed)) };
  const actor = signStaffRequest(request, signer, systemRandom, hospital.connection.realm);
  return hospital.access.open({ ...asked, actor });
}

function textsOf(records: readonly { readonly bytes: Uint8Array }[]): string[] {
  return records.map(({ bytes }) => decodeUtf8(bytes));
}

globalThis.walkInBrowser = async (given) => {
  const networkFile = NetworkFile.fromJson(given.networkFile);
  const common = { networkFile, transport: httpTransport, carrierDelayMsMax: 0 };
  const store = memoryEventStore();
  const person = await createWard({ ...common, wallet: store });
  const open = async ({ events }: BrowserJourney['hospitalA']) =>
    createWard({ ...common, keyService: await storeOf(events) });
  const chart = await write(person, await open(given.hospitalA), given);
  const found = await person.records.list(chart);
  const opened = await person.records.open(chart, found[0]!);

  const grantee = parseHex(given.hospitalB.id);
  const until = person.connection.now() + HOUR_SECONDS;
  const { leaf } = await person.consent.grant({ chart, grantee, purposes: ['TREAT'], until });
  const hospitalB = await open(given.hospitalB);
  await hospitalB.access.collect();
  const [, unit] = await hospitalB.access.list(leaf);
  const opening = await openUnit(hospitalB, { leaf, unit: unit! }, given);
  const { openings } = await person.access.log(chart);
  await person.consent.revoke(chart, leaf);
  const refused = await openUnit(hospitalB, { leaf, unit: unit! }, given).catch(
    (error: unknown) => error,
  );
  let blocks = 0;
  for await (const _ of person.ledger.walk()) blocks++;
  return {
    found: found.map(({ caption, problem }) => problem ?? caption!.kind),
    opened: textsOf(opened),
    released: textsOf(opening.units[0]!.records),
    receipts: opening.receipts.length,
    looked: openings.map(({ actor, isUnexplained }) =>
      isUnexplained ? 'unexplained' : (actor?.name ?? 'unsigned'),
    ),
    refused: refused instanceof WardError ? refused.code : 'not refused',
    blocks,
    wallet: (await store.load()).map((event) => toHex(event)),
  };
};
