import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { describe, expect, it } from 'vitest';
import {
  type ChartHeader,
  chartId,
  currentRelease,
  ChartHeader as Format,
  findRelease,
  parseHeader,
  SignedChartHeader,
  signHeader,
  successionValue,
} from './chart-header.ts';

const crypto = await loadCrypto();
const sample = makeSampleChart(crypto);
const { realm, random, chart, header, keys, authority } = sample;
const ck = keys.ck;
const [release] = header.releases as [ChartHeader['releases'][number]];

function codeWith(changes: Partial<ChartHeader>): string | undefined {
  return codeOf(() => signHeader({ ...header, ...changes }, ck, realm));
}

describe('a signed chart header', () => {
  const signed = sample.sign();

  it('is parsed as it was signed, with the digest that its slot holds', () => {
    const parsed = parseHeader(signed.bytes, chart, realm);
    expect(parsed).toEqual(signed);
    expect(parsed.header).toEqual(header);
  });

  it('has another digest for every field that changes', () => {
    const changes: Partial<ChartHeader>[] = [
      { version: 1 },
      { state: 'frozen' },
      { roster: random.bytes(32) },
      { seeds: random.bytes(32) },
      { sources: random.bytes(32) },
      { nextSlot: random.bytes(32) },
      { vaults: [random.bytes(16)] },
      { mailboxKey: random.bytes(1216) },
      { epoch: { ...header.epoch, number: 1 } },
      { releases: [] },
    ];
    const digests = changes.map((change) => sample.sign(change).digest.join());
    expect(new Set([...digests, signed.digest.join()]).size).toBe(changes.length + 1);
  });

  it('is refused for another chart, and with an id that does not follow from its keys', () => {
    const parse = (bytes: Uint8Array, id = chart) => codeOf(() => parseHeader(bytes, id, realm));
    expect(parse(signed.bytes, random.bytes(32))).toBe('CHART_MISMATCH');
    const renamed = random.bytes(32);
    expect(parse(sample.sign({ chart: renamed }).bytes, renamed)).toBe('CHART_MISMATCH');
    expect(parse(sample.sign({ chart: renamed }).bytes)).toBe('CHART_MISMATCH');
  });

  it('is refused with the signature of anybody else, or over other bytes', () => {
    const other = crypto.ed25519.keyPair(random.bytes(32));
    const forged = signHeader(header, other, realm).bytes;
    expect(codeOf(() => parseHeader(forged, chart, realm))).toBe('CHART_SIGNATURE');
    const { signature } = SignedChartHeader.decode(signed.bytes);
    const swapped = SignedChartHeader.encode({
      header: Format.encode({ ...header, version: 7 }),
      signature,
    });
    expect(codeOf(() => parseHeader(swapped, chart, realm))).toBe('CHART_SIGNATURE');
  });

  it('is signed by its last authority, while the first one makes the id', () => {
    const next = makeSampleChart(crypto, { seed: 5 });
    const taken = { ...header, predecessors: [authority], authority: next.authority };
    const byOld = signHeader(taken, ck, realm).bytes;
    const byNew = signHeader(taken, next.keys.ck, realm).bytes;
    expect(codeOf(() => parseHeader(byOld, chart, realm))).toBe('CHART_SIGNATURE');
    expect(parseHeader(byNew, chart, realm).header.authority).toEqual(next.authority);
    const reversed = { ...header, predecessors: [next.authority], authority };
    const bytes = signHeader(reversed, ck, realm).bytes;
    expect(codeOf(() => parseHeader(bytes, chart, realm))).toBe('CHART_MISMATCH');
  });
});

describe('a header that contradicts itself', () => {
  const parseCode = (changes: Partial<ChartHeader>) => {
    const bytes = Format.encode({ ...header, ...changes });
    const message = new Uint8Array([
      ...new TextEncoder().encode('ward/chart-header/v1\0'),
      ...bytes,
    ]);
    const signature = crypto.ed25519.sign(message, ck.secretKey);
    const signed = SignedChartHeader.encode({ header: bytes, signature });
    return codeOf(() => parseHeader(signed, chart, realm));
  };
  const [one, two, ...rest] = release.custodians as [
    (typeof release.custodians)[number],
    ...typeof release.custodians,
  ];
  const BROKEN: [string, Partial<ChartHeader>][] = [
    [
      'with two shares of one organisation',
      {
        releases: [
          {
            ...release,
            custodians: [one, { ...two!, ...{ organisation: one.organisation } }, ...rest],
          },
        ],
      },
    ],
    ['with fewer custodians than must answer', { releases: [{ ...release, custodians: [one] }] }],
    ['with one release key twice', { releases: [release, release] }],
    ['with one vault twice', { vaults: [header.vaults[0]!, header.vaults[0]!] }],
  ];

  it.each(BROKEN)('is neither signed nor believed %s', (_, changes) => {
    expect(codeWith(changes)).toBe('CHART_INCOHERENT');
    expect(parseCode(changes)).toBe('CHART_INCOHERENT');
  });

  it('is told from a good one by those things alone', () => {
    expect(parseCode({})).toBeUndefined();
    expect(parseCode({ releases: [] })).toBeUndefined();
  });

  it('is refused with custodians out of order, no vault, or too much of anything', () => {
    const custodians = [...release.custodians].reverse();
    expect(codeWith({ releases: [{ ...release, custodians }] })).toBe('FORMAT_ORDER');
    expect(codeWith({ vaults: [] })).toBe('FORMAT_RANGE');
    const vaults = Array.from({ length: 9 }, () => random.bytes(16));
    expect(codeWith({ vaults })).toBe('FORMAT_RANGE');
    const predecessors = Array.from({ length: 17 }, () => authority);
    expect(codeWith({ predecessors })).toBe('FORMAT_RANGE');
    expect(codeWith({ state: 'deleted' as 'open' })).toBe('FORMAT_WORD');
    expect(codeWith({ suite: 2 })).toBe('FORMAT_RANGE');
  });
});

describe('release keys of a header', () => {
  const newer = {
    ...release,
    commitments: makeSampleChart(crypto, { seed: 6 }).dealing.commitments,
  };

  it('are found by Q, and the last one is current', () => {
    const both = { ...header, releases: [release, newer] };
    expect(currentRelease(both)).toBe(newer);
    expect(findRelease(both, release.commitments[0]!)).toBe(release);
    expect(findRelease(both, newer.commitments[0]!)).toBe(newer);
    expect(findRelease(both, random.bytes(32))).toBeUndefined();
    expect(findRelease(both, new Uint8Array(0))).toBeUndefined();
    expect(currentRelease({ ...header, releases: [] })).toBeUndefined();
  });
});

describe('the id of a chart', () => {
  it('depends on both keys and on the network', () => {
    const { ck: key, cold } = authority;
    const ids = [
      chartId({ ck: key, cold }, realm),
      chartId({ ck: cold, cold: key }, realm),
      chartId({ ck: key, cold: random.bytes(32) }, realm),
      chartId({ ck: random.bytes(32), cold }, realm),
      chartId({ ck: key, cold }, { network: random.bytes(32), crypto }),
    ];
    expect(new Set(ids.map((id) => id.join())).size).toBe(ids.length);
  });

  it('stands in what a cold slot says, so that no other chart can be taken over with it', () => {
    const value = successionValue({ chart, authority }, realm);
    expect(value).not.toEqual(successionValue({ chart: random.bytes(32), authority }, realm));
    const other = { ck: authority.ck, cold: random.bytes(32) };
    expect(value).not.toEqual(successionValue({ chart, authority: other }, realm));
  });
});
