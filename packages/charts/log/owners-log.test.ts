import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { Entry, entryDigest } from '../opening/entry.ts';
import type { Notice } from './notice.ts';
import { type EntrySlot, explainSlots, refusedAttempts } from './owners-log.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random, keys, custodians } = opening.chart;
const mailboxes = [keys.mailbox];
const made = { leaf: opening.leaf, grant: opening.grant };
const slot: EntrySlot = { n: 2, value: opening.entryValue, time: opening.entryTime };

type OpeningNotice = Extract<Notice['notice'], { kind: 'opening' }>;

function told(changes: Partial<OpeningNotice> = {}): Notice {
  const notice: OpeningNotice = {
    kind: 'opening',
    custodian: custodians[0]!,
    grantee: opening.grantee,
    entry: Entry.encode(opening.entry),
    entrySalt: opening.entrySalt,
    entryNumber: 2,
    verdict: 'PERMITTED',
    ...changes,
  };
  return { time: SAMPLE_TIME, notice };
}

const explain = (slots: readonly EntrySlot[], notices: readonly Notice[]) =>
  explainSlots({ made, slots, notices }, mailboxes, realm);

describe("the owner's log", () => {
  it('tells who asked, for which units, why, and what each custodian decided', async () => {
    const notices = custodians.slice(0, 3).map((custodian) => told({ custodian }));
    const [entry] = await explain([slot], notices);
    expect(entry).toMatchObject({ n: 2, time: opening.entryTime, entry: opening.entry });
    expect(entry!.actor?.name).toBe('Synthetic Clinician');
    const verdicts = custodians
      .slice(0, 3)
      .map((each) => ({ custodian: each, verdict: 'PERMITTED' }));
    expect(entry!.verdicts).toEqual(verdicts);
  });

  it('has a line for every slot, told of or not, in the order of the slots', async () => {
    const others = [0, 1].map((n) => ({ n, value: random.bytes(32), time: 100 + n }));
    const log = await explain([...others, slot], [told()]);
    expect(log.map(({ n, entry }) => [n, entry !== undefined])).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ]);
    expect(log.map(({ leaf }) => toHex(leaf))).toEqual(Array(3).fill(toHex(made.leaf)));
  });

  it('leaves a slot unexplained of which no custodian told', async () => {
    const [line] = await explain([slot], []);
    expect(line).toMatchObject({ entry: undefined, actor: undefined, verdicts: [] });
  });

  it('leaves a slot unexplained by a notice of another entry or another salt', async () => {
    const other = Entry.encode({ ...opening.entry, purpose: 'HPAYMT' });
    for (const change of [{ entry: other }, { entrySalt: random.bytes(32) }]) {
      const [line] = await explain([slot], [told(change)]);
      expect(line).toMatchObject({ entry: undefined, verdicts: [] });
    }
  });

  it('goes by the value of the slot, not by the number that a notice gives', async () => {
    const [line] = await explain([slot], [told({ entryNumber: 77 })]);
    expect(line!.entry).toEqual(opening.entry);
  });

  it('does not take an entry on one grant for the explanation of another', async () => {
    const foreign = { ...opening.entry, leaf: random.bytes(32) };
    const entry = Entry.encode(foreign);
    const value = entryDigest({ salt: opening.entrySalt, entry }, realm);
    const [line] = await explain([{ ...slot, value }], [told({ entry })]);
    expect(line!.entry).toBeUndefined();
    expect(line!.verdicts).toHaveLength(1);
  });

  it('is not spoiled by rubbish that a grantee commits to and has told', async () => {
    for (const rubbish of [random.bytes(100), Uint8Array.of(0x80), Uint8Array.of(0xff)]) {
      const value = entryDigest({ salt: opening.entrySalt, entry: rubbish }, realm);
      const slots = [{ ...slot, value }, slot];
      const log = await explain(slots, [told({ entry: rubbish }), told()]);
      expect(log.map(({ entry }) => entry !== undefined)).toEqual([false, true]);
    }
  });

  it('names nobody as actor where the box does not open', async () => {
    const other = [crypto.kem.openingKey(random.bytes(32))];
    const [line] = await explainSlots({ made, slots: [slot], notices: [told()] }, other, realm);
    expect(line!.entry).toEqual(opening.entry);
    expect(line!.actor).toBeUndefined();
  });

  it('reads boxes that were sealed to a mailbox of before', async () => {
    const both = [crypto.kem.openingKey(random.bytes(32)), keys.mailbox];
    const [line] = await explainSlots({ made, slots: [slot], notices: [told()] }, both, realm);
    expect(line!.actor?.role).toBe('physician');
  });

  it('of 2,000 entries is explained in little time', async () => {
    const count = 2000;
    const notices: Notice[] = [];
    const slots: EntrySlot[] = [];
    for (let n = 0; n < count; n++) {
      const entrySalt = random.bytes(32);
      const entry = Entry.encode(opening.entry);
      slots.push({ n, value: entryDigest({ salt: entrySalt, entry }, realm), time: SAMPLE_TIME });
      notices.push(told({ entrySalt }));
    }
    const start = performance.now();
    const log = await explain(slots, notices);
    expect(log.every(({ actor }) => actor !== undefined)).toBe(true);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('attempts', () => {
  it('are all refusals, without permitted openings, other kinds and what is no entry', () => {
    const knock: Notice = {
      time: SAMPLE_TIME,
      notice: {
        kind: 'knock',
        organisation: opening.grantee,
        recipient: random.bytes(32),
        epoch: 0,
        n: 0,
      },
    };
    const refused = told({ verdict: 'PURPOSE_NOT_GRANTED' });
    const rubbish = told({ verdict: 'GRANT_EXPIRED', entry: random.bytes(9) });
    const attempts = refusedAttempts([told(), knock, refused, rubbish]);
    expect(attempts).toEqual([refused.notice]);
    expect(attempts[0]).toBe(refused.notice);
  });
});
