import {
  Actor,
  acceptDeal,
  actorCommitment,
  answerWithShare,
  Deal,
  DealReceipt,
  DeletionReceipt,
  dealShare,
  Entry,
  ErasedLabels,
  ErasedSet,
  entryDigest,
  Notice,
  OpeningAnswer,
  OpeningReceipt,
  OpeningRequest,
  openActor,
  receiptDeal,
  SignedDeal,
  sealAnswer,
  sealNotice,
  sealOpeningRequest,
  signDeletion,
  signReceipt,
} from '@ward/charts';
import { type Crypto, toHex } from '@ward/protocol';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { seededRandom } from '@ward/testkit/seeded-random';
import type { VectorFile, VectorJson } from './vector-file.ts';

function keyPairOf(crypto: Crypto, seed: Uint8Array) {
  return { seed: toHex(seed), keyPair: crypto.ed25519.keyPair(seed) };
}

/** What custodian 1 receives, decides and answers. */
async function exchange(opening: SampleOpening, crypto: Crypto): Promise<VectorJson> {
  const { realm, random, custodians, dealing } = opening.chart;
  const custodian = custodians[0]!;
  const custodianSeed = random.bytes(32);
  const to = { id: custodian, key: crypto.kem.openingKey(custodianSeed).sealingKey };
  const asker = { account: opening.grantee, keyPair: opening.serviceKey, time: SAMPLE_TIME };
  const request = OpeningRequest.encode(opening.request);
  const sealedRequest = await sealOpeningRequest(request, { asker, custodian: to }, realm);
  const entry = opening.entryValue;
  const receiptKey = keyPairOf(crypto, random.bytes(32));
  const word = { entry, custodian, decideVersion: 1, verdict: 'PERMITTED', time: SAMPLE_TIME };
  const receipt = signReceipt(word, receiptKey.keyPair, realm);
  const asked = { share: dealing.shares[0]!, inputs: opening.points, entry };
  const { points, proof } = answerWithShare(asked, random, crypto);
  const released = {
    q: dealing.commitments[0]!,
    index: 1,
    points: opening.entry.labels.map((label, i) => ({ label, point: points[i]! })),
    proof,
  };
  const answer = { receipt, released: [released] };
  const responseKey = crypto.kem.sealingKey(opening.entry.responseKey);
  const sealedAnswer = await sealAnswer(answer, responseKey, realm);
  return {
    custodian: toHex(custodian),
    custodianKeySeed: toHex(custodianSeed),
    request: { bytes: toHex(request), sealed: toHex(sealedRequest) },
    receiptKey: toHex(receiptKey.keyPair.publicKey),
    receipt: OpeningReceipt.toJson(receipt),
    answer: { json: OpeningAnswer.toJson(answer), sealed: toHex(sealedAnswer) },
    commitments: dealing.commitments.map(toHex),
    points: opening.entry.labels.map((label, i) => ({
      label: toHex(label),
      u: toHex(opening.points[i]!),
    })),
  } as VectorJson;
}

/** What reaches the mailbox, of every kind. */
async function noticeVectors(opening: SampleOpening): Promise<VectorJson[]> {
  const { realm, random, custodians, keys, chart } = opening.chart;
  const { entrySalt, entryNumber, grantee } = opening;
  const custodian = custodians[0]!;
  const told = { entry: Entry.encode(opening.entry), entrySalt, entryNumber, grantee };
  const kinds: Notice['notice'][] = [
    { kind: 'opening', custodian, verdict: 'PERMITTED', ...told },
    { kind: 'opening', custodian, verdict: 'GRANT_EXPIRED', ...told },
    { kind: 'knock', organisation: grantee, recipient: random.bytes(32), epoch: 3, n: 17 },
    { kind: 'summary', custodian, count: 400 },
  ];
  const vectors: VectorJson[] = [];
  for (const kind of kinds) {
    const notice = { time: SAMPLE_TIME, notice: kind };
    const mailbox = { chart, key: keys.mailbox.sealingKey };
    const sealed = toHex(await sealNotice(notice, mailbox, realm));
    vectors.push({ json: Notice.toJson(notice), sealed } as VectorJson);
  }
  return vectors;
}

/** An entry, who acted, and what passes between grantee, custodian and owner. */
export async function chartOpeningVectors(crypto: Crypto): Promise<VectorFile> {
  const opening = await SampleOpening.make(crypto, { seed: 51 });
  const { realm, keys, chart, random } = opening.chart;
  const responseSeed = random.bytes(32);
  const { bytes: responseKey } = crypto.kem.openingKey(responseSeed).sealingKey;
  opening.entry = { ...opening.entry, responseKey };
  const { entry, entrySalt } = opening;
  const bytes = Entry.encode(entry);
  const actor = (await openActor(entry, [keys.mailbox], realm))!;
  const walletSeed = seededRandom(51).bytes(32);
  const content = {
    network: toHex(realm.network),
    wallet: { seed: toHex(walletSeed), number: 0 },
    chart: toHex(chart),
    entry: {
      json: Entry.toJson(entry),
      bytes: toHex(bytes),
      salt: toHex(entrySalt),
      value: toHex(entryDigest({ salt: entrySalt, entry: bytes }, realm)),
    },
    actor: { json: Actor.toJson(actor), commitment: toHex(actorCommitment(actor, realm)) },
    response: { keySeed: toHex(responseSeed), key: toHex(responseKey) },
    exchange: await exchange(opening, crypto),
    notices: await noticeVectors(opening),
  };
  return { path: 'charts/opening.json', content: content as VectorJson };
}

/** A share on its way, with its receipt; and a receipt for a deletion. */
export async function chartDealVectors(crypto: Crypto): Promise<VectorFile> {
  const sample = makeSampleChart(crypto, { seed: 52 });
  const { realm, random, dealing, custodians, chart, authority, keys } = sample;
  const keySeed = random.bytes(32);
  const key = crypto.kem.openingKey(keySeed);
  const custodian = custodians[1]!;
  const { commitments, shares } = dealing;
  const place = { authority, chart, commitments, index: 2, custodian };
  const input = { ...place, share: shares[1]!, custodianKey: key.sealingKey };
  const signed = await dealShare(input, keys.ck, realm);
  const kept = await acceptDeal(signed, { custodian, key }, realm);
  const receiptKey = keyPairOf(crypto, random.bytes(32));
  const receipt = receiptDeal(kept, { id: custodian, keyPair: receiptKey.keyPair }, realm);
  const unsigned = { organisation: custodian, what: 'shares', subject: chart, time: 1 } as const;
  const deletion = signDeletion(unsigned, receiptKey.keyPair, realm);
  const content = {
    network: toHex(realm.network),
    custodian: toHex(custodian),
    keySeed: toHex(keySeed),
    deal: Deal.toJson(Deal.decode(signed.deal)),
    signed: toHex(SignedDeal.encode(signed)),
    share: toHex(kept.share),
    receiptKey: toHex(receiptKey.keyPair.publicKey),
    receipt: DealReceipt.toJson(receipt),
    deletion: DeletionReceipt.toJson(deletion),
  };
  return { path: 'charts/deal.json', content: content as VectorJson };
}

/** Erased labels in a header and as a set, with proofs that others are not among them. */
export function chartErasureVectors(crypto: Crypto): VectorFile {
  const random = seededRandom(61);
  const few = [1, 2, 3].map(() => random.bytes(32));
  const many = Array.from({ length: 300 }, () => random.bytes(32));
  const set = new ErasedLabels(many, crypto);
  const ends = [new Uint8Array(32), new Uint8Array(32).fill(0xff)];
  const absent = [...ends, random.bytes(32), random.bytes(32)];
  const proofs = absent.map((label) => ({ label, proof: set.proveAbsent(label)! }));
  const side = (each: (typeof proofs)[0]['proof']['before']) =>
    each && { label: toHex(each.label), index: each.index, path: each.path.map(toHex) };
  const json = ({ label, proof }: (typeof proofs)[0]) => ({
    label: toHex(label),
    before: side(proof.before),
    after: side(proof.after),
  });
  const inside = ErasedSet.decode(set.encode()).labels[7]!;
  const [low, high, middle] = proofs as [
    (typeof proofs)[0],
    (typeof proofs)[0],
    (typeof proofs)[0],
  ];
  const refused: [string, (typeof proofs)[0]][] = [
    ['the proof of another label', { label: low.label, proof: high.proof }],
    ['one neighbour only', { ...middle, proof: { ...middle.proof, after: null } }],
    ['no neighbour', { ...middle, proof: { before: null, after: null } }],
    [
      'neighbours swapped',
      { ...middle, proof: { before: middle.proof.after, after: middle.proof.before } },
    ],
    ['a label of the set', { label: inside, proof: middle.proof }],
  ];
  const { field } = set;
  if (field.kind !== 'set') throw new Error('300 labels are a set');
  const content = {
    inline: {
      labels: few.map(toHex),
      erased: new ErasedLabels([...few, few[0]!], crypto).field.kind,
      sorted: ErasedSet.decode(new ErasedLabels(few, crypto).encode()).labels.map(toHex),
    },
    set: {
      labels: many.map(toHex),
      object: toHex(set.encode()),
      name: toHex(field.object),
      root: toHex(field.root),
      count: field.count,
    },
    absent: proofs.map(json),
    refused: refused.map(([name, each]) => ({ name, ...json(each) })),
  };
  return { path: 'charts/erased.json', content };
}
