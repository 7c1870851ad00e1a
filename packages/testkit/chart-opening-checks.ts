import {
  Actor,
  acceptDeal,
  actorCommitment,
  ChartKeys,
  Deal,
  DealReceipt,
  type DecideInput,
  DeletionReceipt,
  decide,
  decideKeys,
  Entry,
  entryDigest,
  explainSlots,
  Grant,
  Notice,
  OpeningAnswer,
  OpeningReceipt,
  OpeningRequest,
  openActor,
  openAnswer,
  openNotice,
  openOpeningRequest,
  SignedDeal,
  sharePublicKey,
  verifyDealReceipt,
  verifyDeletion,
  verifyReceipt,
} from '@ward/charts';
import {
  type Crypto,
  defineFormat,
  type Json,
  type OpeningKey,
  parseHex,
  type Realm,
  stateProofField,
  toHex,
} from '@ward/protocol';
import { codeOf } from './refusals.ts';
import { same } from './same.ts';

interface DealFile {
  network: string;
  custodian: string;
  keySeed: string;
  deal: Json;
  signed: string;
  share: string;
  receiptKey: string;
  receipt: Json;
  deletion: Json;
}

export async function checkDeal(file: DealFile, crypto: Crypto): Promise<void> {
  const realm = { network: parseHex(file.network), crypto };
  const signed = SignedDeal.decode(parseHex(file.signed));
  same('deal', Deal.toJson(Deal.decode(signed.deal)), file.deal);
  const custodian = parseHex(file.custodian);
  const key = crypto.kem.openingKey(parseHex(file.keySeed));
  const kept = await acceptDeal(signed, { custodian, key }, realm);
  same('share', toHex(kept.share), file.share);
  const receiptKey = parseHex(file.receiptKey);
  const receipt = DealReceipt.fromJson(file.receipt);
  const expected = { ...kept, custodian };
  same('receipt', verifyDealReceipt(receipt, expected, receiptKey, realm), true);
  const other = { ...expected, index: kept.index + 1 };
  same('of another share', verifyDealReceipt(receipt, other, receiptKey, realm), false);
  const deletion = DeletionReceipt.fromJson(file.deletion);
  same('deletion', verifyDeletion(deletion, receiptKey, realm), true);
  const later = { ...deletion, time: deletion.time + 1 };
  same('of another time', verifyDeletion(later, receiptKey, realm), false);
}

interface OpeningFile {
  network: string;
  wallet: { seed: string; number: number };
  chart: string;
  entry: { json: Json; bytes: string; salt: string; value: string };
  actor: { json: Json; commitment: string };
  response: { keySeed: string; key: string };
  exchange: {
    custodian: string;
    custodianKeySeed: string;
    request: { bytes: string; sealed: string };
    receiptKey: string;
    receipt: Json;
    answer: { json: Json; sealed: string };
    commitments: string[];
    points: { label: string; u: string }[];
  };
  notices: { json: Json; sealed: string }[];
}

export async function checkOpening(file: OpeningFile, crypto: Crypto): Promise<void> {
  const realm = { network: parseHex(file.network), crypto };
  const entry = Entry.fromJson(file.entry.json);
  const bytes = Entry.encode(entry);
  same('entry', toHex(bytes), file.entry.bytes);
  const salt = parseHex(file.entry.salt);
  same('slot', toHex(entryDigest({ salt, entry: bytes }, realm)), file.entry.value);
  const { mailbox } = new ChartKeys(
    { seed: parseHex(file.wallet.seed), number: file.wallet.number },
    realm,
  );
  const actor = await openActor(entry, [mailbox], realm);
  same('actor', actor && Actor.toJson(actor), file.actor.json);
  same('commitment', toHex(actorCommitment(actor!, realm)), file.actor.commitment);
  const response = crypto.kem.openingKey(parseHex(file.response.keySeed));
  same('response key', toHex(response.sealingKey.bytes), file.response.key);
  same('response key of the entry', toHex(entry.responseKey), file.response.key);
  const request = await checkExchange(file, response, realm);
  const leaf = entry.leaf;
  const notices = await openNotices(file, mailbox, realm);
  const slot = { n: request.entryNumber, value: parseHex(file.entry.value), time: actor!.time };
  const told = { made: { leaf, grant: Grant.decode(request.grant) }, slots: [slot], notices };
  const [line] = await explainSlots(told, [mailbox], realm);
  const found = [line!.entry && toHex(Entry.encode(line!.entry)), line!.actor?.name];
  same('log', found, [file.entry.bytes, actor!.name]);
}

async function checkExchange(
  { exchange, entry }: OpeningFile,
  response: OpeningKey,
  realm: Realm,
): Promise<OpeningRequest> {
  const custodian = parseHex(exchange.custodian);
  const key = realm.crypto.kem.openingKey(parseHex(exchange.custodianKeySeed));
  const sealed = parseHex(exchange.request.sealed);
  const received = await openOpeningRequest(sealed, { custodian, key }, realm);
  same('signed', received.isSigned, true);
  same('request', toHex(OpeningRequest.encode(received.request)), exchange.request.bytes);
  const publicKey = parseHex(exchange.receiptKey);
  const receipt = OpeningReceipt.fromJson(exchange.receipt);
  same('receipt', verifyReceipt(receipt, publicKey, realm), true);
  const commitments = exchange.commitments.map(parseHex);
  const expected = {
    q: commitments[0]!,
    index: 1,
    sharePublicKey: sharePublicKey(commitments, 1, realm.crypto),
    points: exchange.points.map(({ label, u }) => ({ label: parseHex(label), u: parseHex(u) })),
  };
  const place = { entry: parseHex(entry.value), custodian, key: response, publicKey };
  const answer = await openAnswer(
    parseHex(exchange.answer.sealed),
    { ...place, expected: [expected] },
    realm,
  );
  same('answer', OpeningAnswer.toJson(answer), exchange.answer.json);
  return received.request;
}

async function openNotices(file: OpeningFile, key: OpeningKey, realm: Realm): Promise<Notice[]> {
  const chart = parseHex(file.chart);
  const notices: Notice[] = [];
  for (const { json, sealed } of file.notices) {
    const notice = await openNotice(parseHex(sealed), { chart, key }, realm);
    same('notice', Notice.toJson(notice), json);
    notices.push(notice);
  }
  return notices;
}

const ProofCheck = defineFormat('decide-proof-check', 1, { proof: stateProofField });

interface DecideFile {
  network: string;
  pool: string[];
  cases: DecideCaseVector[];
}
interface DecideCaseVector {
  name: string;
  code: string | null;
  clock: number;
  asker: { account: string; publicKey: string };
  request: {
    entry: number;
    grant: number;
    roster: number;
    header: number;
    manifests: number[];
  } & { [rest: string]: Json };
  state: {
    root: string;
    time: number;
    entriesProved: number;
    claims: { key: string; value: number | null; proof: string }[];
  };
  points: [label: string, u: string, q: string][];
}

/** The input of `decide` that a case describes; long texts stand in the pool. */
function decideInput(one: DecideCaseVector, pool: readonly string[]): DecideInput {
  const { entry, grant, roster, header, manifests, ...rest } = one.request;
  const request = OpeningRequest.fromJson({
    ...rest,
    entry: pool[entry],
    grant: pool[grant],
    roster: pool[roster],
    header: pool[header],
    manifests: manifests.map((each) => pool[each]),
  });
  const { root, time, entriesProved, claims } = one.state;
  return {
    request,
    asker: {
      account: parseHex(one.asker.account),
      publicKey: parseHex(one.asker.publicKey),
    },
    state: {
      root: parseHex(root),
      time,
      entriesProved,
      claims: claims.map(({ key, value, proof }) => ({
        key: parseHex(key),
        value: value === null ? null : parseHex(pool[value]!),
        proof: ProofCheck.decode(parseHex(proof)).proof,
      })),
    },
  };
}

export function checkDecide(file: DecideFile, crypto: Crypto): void {
  const realm = { network: parseHex(file.network), crypto };
  for (const one of file.cases) {
    const input = decideInput(one, file.pool);
    const code = codeOf(() => decide(input, one.clock, realm)) ?? null;
    same(one.name, code, one.code);
    if (code !== null) continue;
    const points = decide(input, one.clock, realm).map(({ label, u, q }) => [label, u, q]);
    const hex = points.map((parts) => parts.map(toHex));
    same(one.name, hex, one.points);
    const { account } = input.asker;
    const { entriesProved } = input.state;
    const keys = decideKeys(input.request, { account, entriesProved }, realm);
    const proved = new Set(one.state.claims.map(({ key }) => key));
    same(
      `${one.name}: keys`,
      keys.map(toHex).filter((key) => !proved.has(key)),
      [],
    );
  }
}
