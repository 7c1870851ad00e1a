import { loadCrypto } from '@ward/protocol/crypto';
import { arrange, DECIDE_CASES } from '@ward/testkit/decide-cases';
import { codeOf } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { decide, decideKeys } from './decide.ts';
import type { RefusalCode } from './errors.ts';

const crypto = await loadCrypto();
const permitted = DECIDE_CASES.filter(({ code }) => code === null);
const refused = DECIDE_CASES.filter(({ code }) => code !== null);

describe('decide', () => {
  it.each(permitted.map((one) => [one.name, one] as const))(
    'permits, as it should, %s',
    async (_, one) => {
      const { input, clock, realm } = await arrange(one, crypto);
      const points = decide(input, clock, realm);
      const { manifests } = input.request;
      expect(points).toHaveLength(manifests.length);
    },
  );

  it.each(refused.map((one) => [one.name, one.code, one] as const))(
    'refuses %s (%s)',
    async (_, code, one) => {
      const { input, clock, realm } = await arrange(one, crypto);
      expect(codeOf(() => decide(input, clock, realm))).toBe(code);
    },
  );

  it('gives the points of the units that the entry names, in its order', async () => {
    const opening = await SampleOpening.make(crypto);
    opening.commit();
    const { request, chart, clock } = opening;
    const asker = { account: opening.asker.account, entriesProved: 0 };
    const input = opening.input(decideKeys(request, asker, chart.realm));
    const points = decide(input, clock, chart.realm);
    expect(points.map(({ label }) => label)).toEqual(opening.entry.labels);
    expect(points.map(({ u }) => u)).toEqual(opening.points);
    const q = chart.dealing.commitments[0];
    expect(points.map((point) => point.q)).toEqual([q, q]);
  });

  it('has a refused case for every code that it can give itself', () => {
    const codes = new Set(refused.map(({ code }) => code));
    // These are the custodian's own, before and after the decision.
    const others = ['SHARE_UNKNOWN', 'NOTICE_UNDELIVERED', 'REQUEST_UNBELIEVED'];
    const all: Record<RefusalCode, true> = {
      LEDGER_BEHIND: true,
      STATE_UNPROVED: true,
      CHART_SUPERSEDED: true,
      CHART_CLOSED: true,
      GRANT_REVOKED: true,
      GRANT_NOT_YET: true,
      GRANT_EXPIRED: true,
      GRANTEE_INACTIVE: true,
      PURPOSE_NOT_GRANTED: true,
      UNIT_NOT_GRANTED: true,
      OPENINGS_EXHAUSTED: true,
      UNITS_TOO_MANY: true,
      ENTRY_UNCOMMITTED: true,
      ENTRY_GAP: true,
      ENTRY_STALE: true,
      UNIT_UNNAMED: true,
      UNIT_MISMATCH: true,
      UNIT_ERASED: true,
      POINT_UNPROVED: true,
      SHARE_UNKNOWN: true,
      NOTICE_UNDELIVERED: true,
      REQUEST_UNBELIEVED: true,
    };
    const missing = Object.keys(all).filter((code) => !codes.has(code) && !others.includes(code));
    expect(missing).toEqual([]);
  });

  it('gives the same verdict for the same input, whatever was decided before', async () => {
    const [good, bad] = await Promise.all(
      [permitted[0]!, refused[0]!].map((one) => arrange(one, crypto)),
    );
    const verdicts = [good!, bad!, good!, bad!].map(({ input, clock, realm }) =>
      codeOf(() => decide(input, clock, realm)),
    );
    expect(verdicts).toEqual([undefined, refused[0]!.code, undefined, refused[0]!.code]);
  });
});

describe('the keys that decide asks for', () => {
  it('are every entry up to the one shown, from the first that was not proved before', async () => {
    const opening = await SampleOpening.make(crypto);
    opening.entryNumber = 5;
    const { realm } = opening.chart;
    const { account } = opening.asker;
    const count = (entriesProved: number) =>
      decideKeys(opening.request, { account, entriesProved }, realm).length;
    // Slots of this header, the next, the cold key; organisation; account.
    const others = 5;
    expect([0, 1, 4, 5, 6, 900].map(count)).toEqual([6, 5, 2, 1, 1, 1].map((n) => n + others));
  });

  it('fit one request to a node for the last opening that a grant can have', async () => {
    const opening = await SampleOpening.make(crypto);
    const last = opening.grant.openingsMax;
    expect(last).toBeLessThan(900);
    opening.entryNumber = 900;
    const predecessors = Array.from({ length: 16 }, () => opening.chart.authority);
    opening.headerChanges = { predecessors };
    const { request, asker, chart } = opening;
    const keys = decideKeys(request, { ...asker, entriesProved: 0 }, chart.realm);
    expect(keys.length).toBeLessThanOrEqual(1000);
  });
});
