import {
  Deal,
  dealShare,
  OpeningRequest,
  parseHeader,
  ShareHandover,
  SignedDeal,
  type SignedDeal as SignedDealValue,
} from '@ward/charts';
import {
  CBOR_TYPE,
  encodeUtf8,
  RAW_TYPE,
  SEAL_OVERHEAD_BYTES,
  toHex,
  WardError,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { fuzz, fuzzAsync } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { fuzzHttp } from '@ward/testkit/http-fuzz';
import type { SampleRequest } from '@ward/testkit/http-mutations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const IN_PROCESS = inputsFor(60_000);
const OVER_SOCKETS = 20_000;
const PARSED = inputsFor(200_000);
/** Sealed, signed, opened, judged and answered: a hundred a second. */
const SEALED = 2000;
const ALL_OF_THEM = 1_000_000_000;
let custody: CustodyStage;
let opening: StagedOpening;
let deal: SignedDealValue;

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto(), {
    limits: { dealsDayMax: ALL_OF_THEM },
    serverLimits: { sourceBurst: ALL_OF_THEM },
  });
  opening = await custody.openable();
  await custody.commit(opening);
  const { member, sealing } = custody.custodians[0]!;
  const { chart, authority, dealing, keys } = custody.chart();
  const { commitments, shares } = dealing;
  const own = { custodian: member.id, custodianKey: sealing.sealingKey };
  const input = { chart, authority, commitments, index: 1, share: shares[0]!, ...own };
  deal = await dealShare(input, keys.ck, custody.stage.ledger.realm);
});
afterAll(() => custody.stop());

const handover = () => ({
  shares: [
    {
      ...{ chart: opening.chart.chart, q: new Uint8Array(32).fill(3), index: 2 },
      sealedShare: new Uint8Array(SEAL_OVERHEAD_BYTES + 32),
    },
  ],
});

async function samples(): Promise<SampleRequest[]> {
  const id = toHex(opening.chart.chart);
  const { stage, hospital, custodians } = custody;
  const sign = stage.as(hospital, custodians[0]!.member.id);
  const cbor = (body: Uint8Array) => ({ headers: { 'content-type': CBOR_TYPE }, body });
  const raw = (body: Uint8Array) => ({ headers: { 'content-type': RAW_TYPE }, body });
  const json = (value: unknown) => ({
    headers: { 'content-type': 'application/json' },
    body: encodeUtf8(JSON.stringify(value)),
  });
  const sealed = await custody.seal(custody.request(opening), 0);
  const post = (target: string, weight = 1) => ({ method: 'POST', target, weight }) as const;
  return [
    { ...post('/v1/shares', 4), ...cbor(SignedDeal.encode(deal)) },
    { ...post('/v1/shares', 3), ...json(SignedDeal.toJson(deal)) },
    { ...post('/v1/openings'), ...raw(sealed) },
    { ...post(`/v1/charts/${id}/erasure`, 2), ...raw(opening.header.bytes) },
    { ...post('/v1/handovers', 2), ...cbor(ShareHandover.encode(handover())) },
    { ...post('/v1/handovers'), ...cbor(ShareHandover.encode(handover())), sign },
    { method: 'GET', target: '/v1/custodian', weight: 3 },
  ];
}

describe('a custodian under fuzzing', () => {
  it('answers whatever comes over HTTP with success or a code, in bounded memory', async () => {
    const { origin, transport } = custody.custodians[0]!.custodian;
    const near = { server: transport, samples: await samples(), seed: 43 };
    const report = await fuzzHttp({ ...near, runs: IN_PROCESS });
    tellFuzz('HTTP of a custodian', report);
    expect(report.parsed).toBeGreaterThan(IN_PROCESS / 3);
    const far = { server: origin, samples: await samples(), seed: 45 };
    const overSockets = await fuzzHttp({ ...far, runs: OVER_SOCKETS });
    expect(overSockets.parsed).toBeGreaterThan(OVER_SOCKETS / 3);
    const codes = [...report.codes.keys()];
    const expected = ['OK', 'ENDPOINT_UNKNOWN', 'SEAL_INVALID', 'CHART_SIGNATURE', 'JSON_INVALID'];
    for (const code of [...expected, 'REQUEST_UNSIGNED', 'SUCCESSOR_UNNAMED', 'CHART_MISMATCH']) {
      expect(codes).toContain(code);
    }
    expect(codes.filter((code) => code.startsWith('CBOR_')).length).toBeGreaterThan(5);
    expect(codes.filter((code) => code.startsWith('FORMAT_')).length).toBeGreaterThan(2);
    expect(await custody.open1(opening, 0)).toHaveProperty('receipt');
  });

  it('parses a million deals, handovers, headers and requests with a value or a code', () => {
    const { chart, header } = opening;
    const parsers: readonly [(bytes: Uint8Array) => unknown, Uint8Array][] = [
      [SignedDeal.decode, SignedDeal.encode(deal)],
      [Deal.decode, deal.deal],
      [ShareHandover.decode, ShareHandover.encode(handover())],
      [(bytes) => parseHeader(bytes, chart.chart, chart.realm), header.bytes],
      [OpeningRequest.decode, custody.request(opening)],
    ];
    for (const [i, [parse, sample]] of parsers.entries()) {
      const runs = PARSED;
      const report = fuzz({ parse, samples: [sample] }, { seed: 60 + i, runs });
      tellFuzz(`parser ${i} of a custodian`, report);
      expect(report.accepted).toBeLessThan(runs / 2);
    }
  });

  it('answers what comes sealed and signed with a share, a signed refusal or a code', async () => {
    let answered = 0;
    const ask = async (bytes: Uint8Array) => {
      const answer = await custody.ask(await custody.seal(bytes, 1), 1);
      answered++;
      // An entry that was altered names another key for its answer.
      await custody.verify(answer, opening, 1);
    };
    const target = { parse: ask, samples: [custody.request(opening)] };
    const report = await fuzzAsync(target, { seed: 70, runs: SEALED });
    expect(report.codes.size).toBeGreaterThan(5);
    expect(answered).toBeGreaterThan(0);
    const notices = await custody.notices(opening.chart).catch((error: unknown) => {
      expect(error).toBeInstanceOf(WardError);
      return [];
    });
    expect(notices.length).toBeLessThan(200);
  });
});
