import { carriedSlot, slotKey } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { SampleState } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { type ChartHeader, chartId, parseHeader, signHeader } from '../header/chart-header.ts';
import { checkCurrent, currentKeys, provedValues } from '../header/current.ts';

// A chart's id is H(ck, cold), and a header is current only with its next slot and its cold slot
// proved absent: otherwise a lying node supplies its own epoch key to a first-time writer, or a
// genuine header from before a revocation.

const crypto = await loadCrypto();
const sample = makeSampleChart(crypto);
const { realm, chart, header, keys } = sample;
const thief = makeSampleChart(crypto, { seed: 2 });

function codeOfHeader(forged: ChartHeader, signer = thief.keys.ck): string | undefined {
  const { bytes } = signHeader(forged, signer, realm);
  return codeOf(() => parseHeader(bytes, chart, realm));
}

describe('a header that a lying node made, shown to a first-time writer', () => {
  const epoch = { number: 0, sealingKey: thief.header.epoch.sealingKey };

  it('does not belong to the chart of the card', () => {
    expect(codeOfHeader(thief.header)).toBe('CHART_MISMATCH');
    expect(codeOfHeader({ ...thief.header, chart })).toBe('CHART_MISMATCH');
    const { authority } = thief.header;
    expect(codeOfHeader({ ...header, authority })).toBe('CHART_MISMATCH');
    const mixed = { ck: header.authority.ck, cold: authority.cold };
    expect(codeOfHeader({ ...header, authority: mixed })).toBe('CHART_MISMATCH');
  });

  it('is not signed by the key of the chart', () => {
    expect(codeOfHeader({ ...header, epoch })).toBe('CHART_SIGNATURE');
    const signed = sample.sign().bytes;
    const at = signed.length - 65;
    for (let i = 200; i < at; i += 97) {
      const altered = signed.slice();
      altered[i]! ^= 1;
      expect(codeOf(() => parseHeader(altered, chart, realm))).toBeDefined();
    }
  });

  it('is not of an authority that the cold slot names', () => {
    const taken = {
      ...header,
      authority: thief.header.authority,
      predecessors: [header.authority],
      epoch,
    };
    const { bytes } = signHeader(taken, thief.keys.ck, realm);
    const parsed = parseHeader(bytes, chart, realm);
    const state = new SampleState();
    state.writeSlot(carriedSlot(taken.slot, realm), parsed.digest, 1);
    const { claims } = state.prove(currentKeys(parsed, realm), crypto);
    const check = () => checkCurrent(parsed, provedValues(claims), realm);
    expect(codeOf(check)).toBe('HEADER_NOT_CURRENT');
  });

  it('has another id in another network', () => {
    const elsewhere = { network: crypto.sha256(new Uint8Array(1)), crypto };
    expect(chartId(header.authority, elsewhere)).not.toEqual(chart);
    const { bytes } = sample.sign();
    expect(codeOf(() => parseHeader(bytes, chart, elsewhere))).toBe('CHART_MISMATCH');
  });
});

describe('a genuine header from before a revocation', () => {
  const first = sample.sign();
  const second = sample.sign({
    version: 1,
    slot: header.nextSlot,
    nextSlot: keys.slot(2).publicKey,
  });
  const state = new SampleState();
  state.writeSlot(carriedSlot(header.slot, realm), first.digest, 1);
  state.writeSlot(carriedSlot(header.nextSlot, realm), second.digest, 2);

  it('is refused with the proofs of now, and the newest one is not', () => {
    const verdict = (shown: typeof first) => {
      const { claims } = state.prove(currentKeys(shown, realm), crypto);
      return codeOf(() => checkCurrent(shown, provedValues(claims), realm));
    };
    expect(verdict(first)).toBe('HEADER_NOT_CURRENT');
    expect(verdict(second)).toBeUndefined();
  });

  it('cannot be judged without the proof that the next slot is empty', () => {
    const next = slotKey(carriedSlot(header.nextSlot, realm));
    const keysAsked = currentKeys(first, realm).filter((key) => key.join() !== next.join());
    const { claims } = state.prove(keysAsked, crypto);
    expect(() => checkCurrent(first, provedValues(claims), realm)).toThrow('not among the claims');
  });
});
