import {
  answerWithShare,
  combineShares,
  decide,
  decideKeys,
  OpeningRequest,
  openAnswer,
  openOpeningRequest,
  openRecord,
  openUnitKey,
  parseManifest,
  sealAnswer,
  sealNotice,
  sealOpeningRequest,
  sharePublicKey,
  signReceipt,
} from '@ward/charts';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { type BenchRow, boundedRow, plainRow } from './bench-row.ts';

const CALLS = 400;
const CUSTODIANS = 3;
/** Two cores give so much in a hundredth of a second. */
const OPENING_MS_MAX = 20;
const OTHER_SLOTS = 2000;

interface Step {
  readonly name: string;
  /** How often an opening needs it. */
  readonly times: number;
  readonly work: () => unknown;
}

async function cpuMicroseconds({ work }: Step): Promise<number> {
  for (let i = 0; i < CALLS / 10; i++) await work();
  const start = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / CALLS;
}

/** An opening with all that passes between its parties. */
async function prepare(opening: SampleOpening) {
  const { crypto, chart, grantee, serviceKey } = opening;
  const { realm } = chart;
  const custodian = chart.custodians[0]!;
  const custodianKey = crypto.kem.openingKey(systemRandom.bytes(32));
  const receiptKeys = crypto.ed25519.keyPair(systemRandom.bytes(32));
  const asker = { account: grantee, keyPair: serviceKey, time: SAMPLE_TIME };
  const to = { asker, custodian: { id: custodian, key: custodianKey.sealingKey } };
  const request = OpeningRequest.encode(opening.request);
  const sealedRequest = await sealOpeningRequest(request, to, realm);
  const shown = opening.show();
  const entry = opening.entryValue;
  const asked = decide(shown.input, shown.clock, realm);
  const inputs = asked.map(({ u }) => u);
  const share = chart.dealing.shares[0]!;
  const given = answerWithShare({ share, inputs, entry }, systemRandom, crypto);
  const part = { q: chart.dealing.commitments[0]!, index: 1 };
  const receipt = { entry, custodian, decideVersion: 1, verdict: 'PERMITTED', time: SAMPLE_TIME };
  const points = asked.map(({ label }, i) => ({ label, point: given.points[i]! }));
  const released = [{ ...part, points, proof: given.proof }];
  return {
    ...{ opening, realm, custodian, custodianKey, receiptKeys, request, to, sealedRequest },
    ...{ shown, entry, asked, inputs, share, part, receipt, released },
  };
}
type Prepared = Awaited<ReturnType<typeof prepare>>;

function custodianSteps(prepared: Prepared): Step[] {
  const { opening, realm, custodian, custodianKey, receiptKeys, sealedRequest, shown } = prepared;
  const { entry, inputs, share, receipt, released } = prepared;
  const { crypto } = realm;
  const { input, clock } = shown;
  const own = { custodian, key: custodianKey };
  const asker = { account: opening.grantee, entriesProved: 0 };
  const mailbox = { chart: opening.chart.chart, key: opening.chart.keys.mailbox.sealingKey };
  const notice = {
    ...({ kind: 'opening', custodian, grantee: opening.grantee, verdict: 'PERMITTED' } as const),
    ...{ entry: input.request.entry, entrySalt: opening.entrySalt, entryNumber: 0 },
  };
  const works: [string, () => unknown][] = [
    ['open-request', () => openOpeningRequest(sealedRequest, own, realm)],
    ['decide-keys', () => decideKeys(input.request, asker, realm)],
    ['decide', () => decide(input, clock, realm)],
    ['seal-notice', () => sealNotice({ time: SAMPLE_TIME, notice }, mailbox, realm)],
    ['answer-with-share', () => answerWithShare({ share, inputs, entry }, systemRandom, crypto)],
    [
      'seal-answer',
      () => {
        const signed = signReceipt(receipt, receiptKeys, realm);
        // A response key is new in every opening: its import counts.
        const fresh = crypto.kem.sealingKey(opening.response.sealingKey.bytes.slice());
        return sealAnswer({ receipt: signed, released }, fresh, realm);
      },
    ],
  ];
  return works.map(([name, work]) => ({ name, times: CUSTODIANS, work }));
}

async function granteeSteps(prepared: Prepared): Promise<Step[]> {
  const { opening, realm, custodian, receiptKeys, request, to, entry, asked, part } = prepared;
  const { inputs, receipt, released } = prepared;
  const { crypto } = realm;
  const { dealing, epochKey } = opening.chart;
  const { response: key } = opening;
  const signed = signReceipt(receipt, receiptKeys, realm);
  const sealed = await sealAnswer({ receipt: signed, released }, key.sealingKey, realm);
  const publicKey = sharePublicKey(dealing.commitments, 1, crypto);
  const expected = [{ ...part, sharePublicKey: publicKey, points: asked }];
  const wanted = { entry, custodian, key, publicKey: receiptKeys.publicKey, expected };
  const shares = dealing.shares.slice(0, CUSTODIANS).map((each, i) => ({
    index: i + 1,
    point: crypto.ristretto.multiply(each, inputs[0]!)!,
  }));
  const [unit] = opening.units;
  const manifest = parseManifest(unit!.manifest, realm);
  const keys = { k1: await opening.unitKey(unit!), k2: opening.release(inputs[0]!) };
  const body = opening.bodies.bodyOf(unit!, 0);
  const read = async () => {
    const opened = await openRecord({ unit: manifest, keys, index: 0 }, [body], realm);
    for await (const _ of opened.bytes);
  };
  return [
    { name: 'make-response-key', times: 1, work: () => crypto.kem.openingKey(entry) },
    { name: 'sign-actor', times: 1, work: () => opening.signActor() },
    { name: 'seal-request', times: CUSTODIANS, work: () => sealOpeningRequest(request, to, realm) },
    { name: 'open-answer', times: CUSTODIANS, work: () => openAnswer(sealed, wanted, realm) },
    { name: 'combine', times: 1, work: () => combineShares(shares, CUSTODIANS, crypto) },
    { name: 'open-unit-key', times: 1, work: () => openUnitKey(manifest, epochKey, realm) },
    { name: 'open-record', times: 1, work: read },
  ];
}

/** What every step of an opening costs, without ledger, vault and network. */
export async function run(): Promise<BenchRow[]> {
  const crypto = await loadCrypto();
  const opening = await SampleOpening.make(crypto);
  opening.setUnits(opening.units.slice(0, 1));
  const { random } = opening.chart;
  for (let i = 0; i < OTHER_SLOTS; i++) {
    opening.state.writeSlot(random.bytes(32), random.bytes(32), SAMPLE_TIME);
  }
  opening.commit();
  const rows: BenchRow[] = [];
  let totalMs = 0;
  const prepared = await prepare(opening);
  const grantee = await granteeSteps(prepared);
  for (const step of [...custodianSteps(prepared), ...grantee]) {
    const us = await cpuMicroseconds(step);
    totalMs += (us * step.times) / 1000;
    rows.push(plainRow(`decide.${step.name}`, us, 'µs of CPU'));
  }
  const total = { metric: 'decide.opening', value: totalMs, unit: 'ms of CPU, 3 custodians' };
  return [...rows, boundedRow(total, { atMost: OPENING_MS_MAX })];
}
