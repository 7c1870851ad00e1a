import { readFileSync } from 'node:fs';
import { equalBytes, type Format, parseHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { type FuzzTarget, fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import * as charts from './index.ts';
import { padBox, unpadBox } from './sealed-box.ts';

/** What everybody who writes, opens or keeps a chart shows to others. */
const SHOWN = ['ChartHeader', 'SignedChartHeader', 'Manifest', 'Entry'];
const SHOWN_RUNS = inputsFor(1_000_000);
const RUNS = inputsFor(50_000);

const crypto = await loadCrypto();
const realm = { network: crypto.sha256(new Uint8Array(0)), crypto };

function vectors(file: string) {
  const url = new URL(`../../vectors/charts/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}
const { deal, header, epoch, grant, erased, opening, unit, keys } = Object.fromEntries(
  ['deal', 'header', 'epoch', 'grant', 'erased', 'opening', 'unit', 'keys'].map((name) => [
    name,
    vectors(name),
  ]),
);

const hexes = (cases: { [field: string]: string }[], field: string) =>
  cases.map((one) => parseHex(one[field]!));

/** Decodes, and holds what is accepted to its only encoding. */
function canonical<T>(format: Format<T>, samples: readonly Uint8Array[]): FuzzTarget {
  return {
    samples,
    parse(bytes) {
      const value = format.decode(bytes);
      if (!equalBytes(format.encode(value), bytes)) throw new Error('a second encoding');
    },
  };
}

function fromJson<T>(format: Format<T>, ...jsons: readonly unknown[]): FuzzTarget {
  return canonical(
    format,
    jsons.map((json) => format.encode(format.fromJson(json))),
  );
}

const name = new Uint8Array(32).fill(1);
const organisation = new Uint8Array(16).fill(2);
const signedHeaders = hexes(header.accepted, 'bytes');
const manifests = hexes(unit.units, 'manifest');
const requestBytes = parseHex(opening.exchange.request.bytes);
const request = charts.OpeningRequest.decode(requestBytes);
const [{ label: _, ...absence }] = erased.absent as [{ label: string }];
const withAbsence = { ...(charts.OpeningRequest.toJson(request) as object), absences: [absence] };

const FORMATS: { readonly [name: string]: FuzzTarget } = {
  Deal: fromJson(charts.Deal, deal.deal),
  SignedDeal: canonical(charts.SignedDeal, [parseHex(deal.signed)]),
  DealReceipt: fromJson(charts.DealReceipt, deal.receipt),
  DeletionReceipt: fromJson(charts.DeletionReceipt, deal.deletion),
  ChartHeader: fromJson(
    charts.ChartHeader,
    ...header.accepted.map((one: { header: unknown }) => one.header),
  ),
  SignedChartHeader: canonical(charts.SignedChartHeader, signedHeaders),
  SeedsObject: canonical(charts.SeedsObject, [parseHex(epoch.seeds.object)]),
  Sources: fromJson(charts.Sources, epoch.sources.json),
  Card: canonical(charts.Card, [parseHex(keys.card.bytes)]),
  GrantEnvelope: fromJson(charts.GrantEnvelope, grant.letter.json.letter.envelope),
  InboxLetter: fromJson(charts.InboxLetter, grant.letter.json, {
    letter: { kind: 'card', card: keys.card.json },
  }),
  Grant: canonical(charts.Grant, hexes(grant.grants, 'bytes')),
  Roster: canonical(charts.Roster, [parseHex(grant.roster.object)]),
  ErasedSet: canonical(charts.ErasedSet, [charts.ErasedSet.encode({ labels: [name] })]),
  Notice: fromJson(charts.Notice, ...opening.notices.map((one: { json: unknown }) => one.json)),
  Entry: canonical(charts.Entry, [parseHex(opening.entry.bytes)]),
  Actor: fromJson(charts.Actor, opening.actor.json),
  OpeningRequest: fromJson(
    charts.OpeningRequest,
    charts.OpeningRequest.toJson(request),
    withAbsence,
  ),
  SignedOpeningRequest: canonical(charts.SignedOpeningRequest, [
    charts.SignedOpeningRequest.encode({
      request: requestBytes.slice(0, 500),
      account: organisation,
      publicKey: name,
      time: 5,
      signature: new Uint8Array(64),
    }),
  ]),
  OpeningReceipt: fromJson(charts.OpeningReceipt, opening.exchange.receipt),
  OpeningAnswer: fromJson(charts.OpeningAnswer, opening.exchange.answer.json),
  Manifest: canonical(charts.Manifest, manifests),
  Author: fromJson(charts.Author, unit.units[0].author),
  Caption: fromJson(charts.Caption, unit.units[0].caption),
  RecordMetadata: fromJson(charts.RecordMetadata, unit.leaves[1].metadata),
};

const STORE_FORMATS: { readonly [name: string]: FuzzTarget } = {
  ShareHandover: canonical(charts.ShareHandover, [
    charts.ShareHandover.encode({
      shares: [{ chart: name, q: name, index: 3, sealedShare: new Uint8Array(1168) }],
    }),
  ]),
  CustodianStatus: canonical(charts.CustodianStatus, [
    charts.CustodianStatus.encode({
      ...{ software: 'ward 0.1.0', organisation, height: 5, shares: 7, decideVersion: 1 },
    }),
  ]),
  NoticeBatch: canonical(charts.NoticeBatch, [
    charts.NoticeBatch.encode({ notices: [{ chart: name, sealed: name }] }),
  ]),
  NoticeRefusals: canonical(charts.NoticeRefusals, [
    charts.NoticeRefusals.encode({ refusals: [null, 'CHART_UNSTORED'] }),
  ]),
  ObjectBatch: canonical(charts.ObjectBatch, [
    charts.ObjectBatch.encode({
      objects: [
        { kind: 'object', bytes: name },
        { kind: 'manifest', bytes: name },
        { kind: 'packed', bodies: [{ digest: name, size: 32 }], bytes: name },
      ],
    }),
  ]),
  StoredNames: canonical(charts.StoredNames, [charts.StoredNames.encode({ names: [name] })]),
  ObjectNames: canonical(charts.ObjectNames, [charts.ObjectNames.encode({ names: [name, name] })]),
  ObjectContents: canonical(charts.ObjectContents, [
    charts.ObjectContents.encode({ objects: [name, null, new Uint8Array(0)] }),
  ]),
  Letters: canonical(charts.Letters, [
    charts.Letters.encode({
      letters: [
        { number: 1, time: 5, sealed: name },
        { number: 300, time: 6, sealed: organisation },
      ],
    }),
  ]),
  VaultStatus: canonical(charts.VaultStatus, [
    charts.VaultStatus.encode({ software: 'ward', organisation, objects: 3, storedBytes: 2 ** 40 }),
  ]),
};

const head = charts.bodyHead(name, new Uint8Array(20));
const sample = await SampleOpening.make(crypto);
sample.commit();
const shown = sample.show();
const chart = parseHex(header.chart);

const PARSERS: { readonly [name: string]: FuzzTarget } = {
  parseHeader: {
    parse: (bytes) => charts.parseHeader(bytes, chart, realm),
    samples: signedHeaders,
  },
  parseManifest: { parse: (bytes) => charts.parseManifest(bytes, realm), samples: manifests },
  parseBodyHead: { parse: charts.parseBodyHead, samples: [head] },
  unpadBox: { parse: unpadBox, samples: [padBox(name, 64), new Uint8Array(8)] },
  isInRoster: {
    parse: (bytes) => charts.isInRoster(bytes, name),
    samples: [parseHex(grant.roster.object)],
  },
  decide: {
    // Whatever a grantee shows: a verdict by a code, never a crash.
    parse: (bytes) => {
      const input = { ...shown.input, request: charts.OpeningRequest.decode(bytes) };
      return charts.decide(input, shown.clock, shown.realm);
    },
    samples: [charts.OpeningRequest.encode(shown.input.request)],
  },
};

describe('altered inputs', () => {
  it.each(Object.entries({ ...FORMATS, ...STORE_FORMATS, ...PARSERS }))(
    'leave %s with a code each, a million of those that all show each other',
    (target, { parse, ...rest }) => {
      const runs = SHOWN.includes(target) ? SHOWN_RUNS : RUNS;
      const report = fuzz({ parse, ...rest }, { seed: 1, runs });
      tellFuzz(target, report);
      expect(report.codes.size).toBeGreaterThan(0);
      expect(report.accepted).toBeLessThan(runs);
    },
  );

  it('have every format of the package among them', () => {
    const formats = Object.entries(charts)
      .filter(([, value]) => typeof value === 'object' && value !== null && 'decode' in value)
      .map(([format]) => format);
    const fuzzed = new Set(Object.keys({ ...FORMATS, ...STORE_FORMATS }));
    expect(formats.filter((format) => !fuzzed.has(format))).toEqual([]);
  });
});
