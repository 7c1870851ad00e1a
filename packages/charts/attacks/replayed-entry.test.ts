import { carriedSlot } from '@ward/ledger/schema';
import { encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { decideWithout } from '@ward/testkit/altered-decide';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { sampleRecord } from '@ward/testkit/sample-chart';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { makeRoster } from '../grant/roster.ts';
import { objectName } from '../objects.ts';
import { openAnswer, sealAnswer, signReceipt } from '../opening/answer.ts';
import { decide } from '../opening/decide.ts';
import { Entry } from '../opening/entry.ts';
import { answerWithShare, verifyShareAnswer } from '../release/share-proof.ts';

// Custodians judge the present: otherwise last month's entry opens the record again after a
// revocation, a custodian that lags behind is asked, or an insider swaps the response key in an
// honest request.

const crypto = await loadCrypto();
const SECRET = 'Depression, single episode (synthetic)';
const MONTH_SECONDS = 30 * 86_400;

async function makeOpening(): Promise<SampleOpening> {
  const opening = await SampleOpening.make(crypto, { records: [sampleRecord(encodeUtf8(SECRET))] });
  opening.changeGrant({ from: 0 });
  return opening;
}

/** A header behind the one that the opening shows, with the grant revoked. */
function revoke(opening: SampleOpening) {
  const { chart, crypto: own } = opening;
  const { header } = opening.signedHeader;
  const roster = makeRoster([], chart.random);
  const revoked = chart.sign({
    ...header,
    version: 1,
    roster: objectName(roster, own),
    slot: header.nextSlot,
    nextSlot: chart.keys.slot(2).publicKey,
  });
  const slot = carriedSlot(header.nextSlot, chart.realm);
  opening.state.writeSlot(slot, revoked.digest, SAMPLE_TIME - 3600);
  return { revoked, roster };
}

async function readWith(opening: SampleOpening, u: Uint8Array): Promise<string> {
  const unit = opening.units[0]!;
  return opening.readText(unit, {
    k1: await opening.unitKey(unit),
    k2: opening.release(u),
  });
}

describe("last month's entry", () => {
  async function lastMonths() {
    const opening = await makeOpening();
    opening.entryTime = SAMPLE_TIME - MONTH_SECONDS;
    opening.commit();
    return opening;
  }

  it('would open the record again if entries did not age', async () => {
    const { input, clock, realm, opening } = await lastMonths().then((one) => ({
      ...one.show(),
      opening: one,
    }));
    const [point] = decideWithout('ENTRY_STALE').decide(input, clock, realm);
    expect(await readWith(opening, point!.u)).toBe(SECRET);
  });

  it('is refused while the grant holds', async () => {
    const { input, clock, realm } = (await lastMonths()).show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('ENTRY_STALE');
  });

  it('is refused with the header of last month, which another one has followed', async () => {
    const opening = await lastMonths();
    revoke(opening);
    const { input, clock, realm } = opening.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('CHART_SUPERSEDED');
    const [point] = decideWithout('CHART_SUPERSEDED', 'ENTRY_STALE').decide(input, clock, realm);
    expect(await readWith(opening, point!.u)).toBe(SECRET);
  });

  it('is refused with the header of now, whose roster does not list the grant', async () => {
    const opening = await lastMonths();
    const { revoked, roster } = revoke(opening);
    opening.header = revoked;
    opening.roster = roster;
    const { input, clock, realm } = opening.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('GRANT_REVOKED');
  });

  it('is refused as a fresh one: its value stands in its slot only', async () => {
    const opening = await makeOpening();
    opening.commit();
    opening.entryNumber = 3;
    opening.state.writeSlot(opening.slotOf(3), new Uint8Array(32), SAMPLE_TIME - 1);
    const { input, clock, realm } = opening.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('ENTRY_UNCOMMITTED');
  });
});

describe('a swapped response key', () => {
  const insider = crypto.kem.openingKey(new Uint8Array(32).fill(3));

  async function swapped() {
    const opening = await makeOpening();
    opening.commit();
    const responseKey = insider.sealingKey.bytes;
    opening.entry = { ...opening.entry, responseKey };
    return opening.show();
  }

  it('would be answered to if the entry were not compared with its slot', async () => {
    const { input, clock, realm } = await swapped();
    const points = decideWithout('ENTRY_UNCOMMITTED').decide(input, clock, realm);
    expect(points).toHaveLength(1);
    expect(Entry.decode(input.request.entry).responseKey).toEqual(insider.sealingKey.bytes);
  });

  it('is refused: the entry in the slot names another key', async () => {
    const { input, clock, realm } = await swapped();
    expect(codeOf(() => decide(input, clock, realm))).toBe('ENTRY_UNCOMMITTED');
  });

  it('does not open an answer, which is sealed to the key of the entry alone', async () => {
    const opening = await makeOpening();
    const { random, realm, custodians } = opening.chart;
    const keyPair = crypto.ed25519.keyPair(random.bytes(32));
    const [custodian, entry] = [custodians[0]!, opening.entryValue];
    const word = { entry, custodian, decideVersion: 1, verdict: 'PERMITTED', time: SAMPLE_TIME };
    const answer = { receipt: signReceipt(word, keyPair, realm), released: [] };
    const sealed = await sealAnswer(answer, opening.response.sealingKey, realm);
    const { publicKey } = keyPair;
    const open = (key: typeof insider) =>
      openAnswer(sealed, { entry, custodian, publicKey, key, expected: [] }, realm);
    expect(await codeOfAsync(() => open(insider))).toBe('SEAL_INVALID');
    expect((await open(opening.response)).receipt.verdict).toBe('PERMITTED');
  });
});

describe('a custodian that lags behind', () => {
  async function lagging(ageSeconds: number) {
    const opening = await makeOpening();
    opening.blockTime = SAMPLE_TIME - ageSeconds;
    opening.entryTime = opening.blockTime - 1;
    opening.commit();
    const before = opening.show();
    revoke(opening);
    return { opening, before, after: opening.show() };
  }

  it('would answer by the state before a revocation if it did not look at the clock', async () => {
    const { before } = await lagging(3600);
    const { input, clock, realm } = before;
    const rules = decideWithout('LEDGER_BEHIND', 'ENTRY_STALE');
    expect(rules.decide(input, clock, realm)).toHaveLength(1);
  });

  it('refuses once its newest block is a minute old, whatever its state says', async () => {
    for (const ageSeconds of [60, 61, 3600]) {
      const { input, clock, realm } = (await lagging(ageSeconds)).before;
      expect(codeOf(() => decide(input, clock, realm))).toBe('LEDGER_BEHIND');
    }
  });

  it('refuses from the first block on that has the revocation', async () => {
    const { before, after } = await lagging(5);
    expect(codeOf(() => decide(before.input, before.clock, before.realm))).toBeUndefined();
    expect(codeOf(() => decide(after.input, after.clock, after.realm))).toBe('CHART_SUPERSEDED');
  });

  it('cannot be shown facts of another state than its own', async () => {
    const { before, after } = await lagging(5);
    const { claims } = before.input.state;
    const mixed = { ...after.input, state: { ...after.input.state, claims } };
    expect(codeOf(() => decide(mixed, after.clock, after.realm))).toBe('STATE_UNPROVED');
  });
});

describe('an answer to one entry', () => {
  it('does not prove itself as an answer to another', async () => {
    const opening = await makeOpening();
    const { random, dealing } = opening.chart;
    const [share, inputs] = [dealing.shares[0]!, opening.points];
    const answer = answerWithShare({ share, inputs, entry: opening.entryValue }, random, crypto);
    const publicKey = crypto.ristretto.multiplyBase(share)!;
    const holds = (entry: Uint8Array) =>
      verifyShareAnswer(answer, { publicKey, inputs, entry }, crypto);
    expect(holds(opening.entryValue)).toBe(true);
    expect(holds(random.bytes(32))).toBe(false);
  });
});
