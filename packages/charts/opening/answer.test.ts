import { hash } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { combineShares } from '../release/combining.ts';
import { sharePublicKey } from '../release/dealing.ts';
import { answerWithShare } from '../release/share-proof.ts';
import {
  type ExpectedAnswer,
  OpeningAnswer,
  type OpeningReceipt,
  openAnswer,
  type ReleasedPoints,
  sealAnswer,
  signReceipt,
  verifyReceipt,
} from './answer.ts';
import { DECIDE_VERSION } from './decide.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random, custodians, dealing } = opening.chart;
const q = dealing.commitments[0]!;
const entry = opening.entryValue;
const points = opening.entry.labels.map((label, i) => ({ label, u: opening.points[i]! }));
const keyPairs = custodians.map(() => crypto.ed25519.keyPair(random.bytes(32)));

function receiptOf(i: number, verdict = 'PERMITTED'): Omit<OpeningReceipt, 'signature'> {
  const custodian = custodians[i]!;
  return { entry, custodian, decideVersion: DECIDE_VERSION, verdict, time: SAMPLE_TIME };
}

/** What custodian i releases; by another share or for other points where told. */
function release(i: number, share = dealing.shares[i]!, asked = points): ReleasedPoints {
  const inputs = asked.map(({ u }) => u);
  const answer = answerWithShare({ share, inputs, entry }, random, crypto);
  const released = asked.map(({ label }, j) => ({ label, point: answer.points[j]! }));
  return { q, index: i + 1, points: released, proof: answer.proof };
}

function expectedOf(i: number): ExpectedAnswer {
  const part = {
    q,
    index: i + 1,
    sharePublicKey: sharePublicKey(dealing.commitments, i + 1, crypto),
    points,
  };
  const { publicKey } = keyPairs[i]!;
  return { entry, custodian: custodians[i]!, key: opening.response, publicKey, expected: [part] };
}

async function answerOf(i: number, changes: Partial<OpeningAnswer> = {}): Promise<Uint8Array> {
  const receipt = signReceipt(receiptOf(i), keyPairs[i]!, realm);
  const answer = { receipt, released: [release(i)], ...changes };
  return sealAnswer(answer, opening.response.sealingKey, realm);
}

const codeOfOpen = async (sealed: Uint8Array, expected = expectedOf(0)) =>
  codeOfAsync(() => openAnswer(sealed, expected, realm));

describe('the answer of a custodian', () => {
  it('gives, with those of two others, the keys of all units', async () => {
    const answers = await Promise.all(
      [0, 2, 4].map(async (i) => openAnswer(await answerOf(i), expectedOf(i), realm)),
    );
    for (const [at, { u }] of points.entries()) {
      const indexed = answers.map(({ released: [part] }) => ({
        index: part!.index,
        point: part!.points[at]!.point,
      }));
      const k2 = combineShares(indexed, 3, crypto);
      expect(k2).toEqual(crypto.ristretto.multiply(dealing.secret, u));
    }
  });

  it('opens with the key of the entry only, for this custodian and this entry', async () => {
    const sealed = await answerOf(0);
    const expected = expectedOf(0);
    const tries = [
      { ...expected, key: crypto.kem.openingKey(random.bytes(32)) },
      { ...expected, custodian: custodians[1]! },
      { ...expected, entry: random.bytes(32) },
    ];
    for (const other of tries) expect(await codeOfOpen(sealed, other)).toBe('SEAL_INVALID');
    const altered = sealed.slice();
    altered[1300]! ^= 1;
    expect(await codeOfOpen(altered)).toBe('SEAL_INVALID');
  });

  const WRONG: [string, () => ReleasedPoints[]][] = [
    ['nothing', () => []],
    ['more than was asked', () => [release(0), release(0)]],
    ['points made with another share', () => [release(0, dealing.shares[1])]],
    ['points in another order', () => [release(0, dealing.shares[0], [...points].reverse())]],
    ['one point less', () => [release(0, dealing.shares[0], points.slice(1))]],
    ['another index', () => [{ ...release(0), index: 2 }]],
    ['another release key', () => [{ ...release(0), q: random.bytes(32) }]],
    [
      'a proof of another answer',
      () => [{ ...release(0), proof: release(0).proof, points: release(1).points }],
    ],
    [
      'labels swapped',
      () => {
        const part = release(0);
        const [a, b] = part.points as [(typeof part.points)[0], (typeof part.points)[0]];
        return [
          {
            ...part,
            points: [
              { ...a, label: b.label },
              { ...b, label: a.label },
            ],
          },
        ];
      },
    ],
  ];

  it.each(WRONG)('is refused with %s', async (_, released) => {
    const sealed = await answerOf(0, { released: released() });
    expect(await codeOfOpen(sealed)).toBe('SHARE_PROOF_INVALID');
  });

  it('is refused when somebody else signed its receipt', async () => {
    const receipt = signReceipt(receiptOf(0), keyPairs[1]!, realm);
    expect(await codeOfOpen(await answerOf(0, { receipt }))).toBe('SHARE_PROOF_INVALID');
  });

  it('is refused when its receipt is for another entry', async () => {
    const other = signReceipt({ ...receiptOf(0), entry: random.bytes(32) }, keyPairs[0]!, realm);
    const { kem } = crypto;
    const info = hash('opening-answer-seal', [entry, custodians[0]!], realm);
    const bytes = OpeningAnswer.encode({ receipt: other, released: [release(0)] });
    const sealed = await kem.seal(bytes, { to: opening.response.sealingKey, info });
    expect(await codeOfOpen(sealed)).toBe('SHARE_PROOF_INVALID');
  });

  it('that is a signed refusal is the error that it stands for', async () => {
    for (const code of ['GRANT_EXPIRED', 'NOTICE_UNDELIVERED', 'CBOR_TRUNCATED']) {
      const receipt = signReceipt(receiptOf(0, code), keyPairs[0]!, realm);
      expect(await codeOfOpen(await answerOf(0, { receipt, released: [] }))).toBe(code);
    }
    const receipt = signReceipt(receiptOf(0, 'NO_SUCH_CODE'), keyPairs[0]!, realm);
    const sealed = await answerOf(0, { receipt, released: [] });
    expect(await codeOfOpen(sealed)).toBe('SHARE_PROOF_INVALID');
  });
});

describe('a receipt of a decision', () => {
  const receipt = signReceipt(receiptOf(0), keyPairs[0]!, realm);
  const { publicKey } = keyPairs[0]!;

  it('holds as it was signed, and shows nothing but the value of an entry', () => {
    expect(verifyReceipt(receipt, publicKey, realm)).toBe(true);
    expect(Object.keys(receipt).sort()).toEqual(
      ['custodian', 'decideVersion', 'entry', 'signature', 'time', 'verdict'].sort(),
    );
  });

  it('holds with nothing changed, by no other key and in no other network', () => {
    const changes: Partial<OpeningReceipt>[] = [
      { entry: random.bytes(32) },
      { custodian: custodians[1]! },
      { decideVersion: 2 },
      { verdict: 'GRANT_EXPIRED' },
      { time: SAMPLE_TIME + 1 },
      { signature: random.bytes(64) },
    ];
    for (const change of changes) {
      expect(verifyReceipt({ ...receipt, ...change }, publicKey, realm)).toBe(false);
    }
    expect(verifyReceipt(receipt, keyPairs[1]!.publicKey, realm)).toBe(false);
    const elsewhere = { network: random.bytes(32), crypto };
    expect(verifyReceipt(receipt, publicKey, elsewhere)).toBe(false);
  });
});
