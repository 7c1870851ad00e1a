import {
  type CborValue,
  type Crypto,
  commitHash,
  context,
  decodeCbor,
  defineFormat,
  deriveKey,
  encodeCbor,
  hash,
  headerHash,
  type Json,
  LightBlock,
  mac,
  parseHex,
  parseTransaction,
  type StateProof,
  stateProofField,
  TAGS,
  type Tag,
  TransactionBody,
  tagged,
  taggedDigest,
  toHex,
  trustFirstBlock,
  validatorsHash,
  verifyLightBlock,
  verifySignatures,
  verifyState,
} from '@ward/protocol';
import { checkLightClient } from './light-checks.ts';
import { NaiveStateTree } from './naive-state-tree.ts';
import { codeOf, codeOfAsync } from './refusals.ts';
import { same } from './same.ts';
import { checkWitness } from './witness-checks.ts';

interface TagFile {
  network: string;
  key: string;
  bytes: string;
  cases: {
    tag: Tag;
    signed: string;
    digest: string;
    context: string;
    hash: string;
    mac: string;
    key: string;
  }[];
}

function checkTags(file: TagFile, crypto: Crypto): void {
  const realm = { network: parseHex(file.network), crypto };
  const bytes = parseHex(file.bytes);
  const key = parseHex(file.key);
  const parts = [1, 'two', bytes];
  for (const one of file.cases) {
    const { tag } = one;
    same(`${tag} signed`, toHex(tagged(tag, bytes)), one.signed);
    same(`${tag} digest`, toHex(taggedDigest(tag, bytes, crypto)), one.digest);
    same(`${tag} context`, toHex(context(tag, parts, realm)), one.context);
    same(`${tag} hash`, toHex(hash(tag, parts, realm)), one.hash);
    same(`${tag} mac`, toHex(mac(tag, key, parts, crypto)), one.mac);
    same(`${tag} key`, toHex(deriveKey(tag, { key, parts }, realm)), one.key);
  }
  same(
    'every tag has a vector',
    file.cases.map(({ tag }) => tag),
    TAGS,
  );
}

interface CborFile {
  accepted: { hex: string; value: Json }[];
  refused: { hex: string; code: string }[];
}

function cborValue(json: Json): CborValue {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(cborValue);
  const { bytes, map } = json as { bytes?: string; map?: [number, Json][] };
  if (bytes !== undefined) return parseHex(bytes);
  return new Map(map!.map(([key, value]) => [key, cborValue(value)]));
}

function checkCbor(file: CborFile): void {
  for (const { hex, value } of file.accepted) {
    same(hex, toHex(encodeCbor(cborValue(value))), hex);
    same(hex, toHex(encodeCbor(decodeCbor(parseHex(hex)))), hex);
  }
  for (const { hex, code } of file.refused) {
    same(
      hex,
      codeOf(() => decodeCbor(parseHex(hex))),
      code,
    );
  }
}

interface TransactionFile {
  origin: string;
  accepted: {
    name: string;
    body: Json;
    bodyBytes: string;
    id: string;
    envelope: string;
    digest: string;
  }[];
  refused: { name: string; envelope: string; code: string }[];
}

function checkTransactions(file: TransactionFile, crypto: Crypto): void {
  for (const one of file.accepted) {
    same(
      one.name,
      toHex(TransactionBody.encode(TransactionBody.fromJson(one.body))),
      one.bodyBytes,
    );
    const parsed = parseTransaction(parseHex(one.envelope), crypto);
    same(one.name, TransactionBody.toJson(parsed.body), one.body);
    same(one.name, toHex(parsed.id), one.id);
    same(one.name, toHex(parsed.digest), one.digest);
    const [origin] = verifySignatures(parsed, crypto);
    same(one.name, origin?.origin, one.name === 'a passkey' ? file.origin : undefined);
  }
  for (const { name, envelope, code } of file.refused) {
    const work = () => verifySignatures(parseTransaction(parseHex(envelope), crypto), crypto);
    same(name, codeOf(work), code);
  }
}

interface HeaderFile {
  rules: { chain: string; trustingPeriodSeconds: number; clockDriftSeconds: number };
  now: number;
  first: {
    block: Json;
    bytes: string;
    headerHash: string;
    validatorsHash: string;
    commitHash: string;
  };
  later: { name: string; bytes: string; code: string | null }[];
}

function checkHeaders({ rules, now, first, later }: HeaderFile, crypto: Crypto): void {
  const block = LightBlock.fromJson(first.block);
  same('first', toHex(LightBlock.encode(block)), first.bytes);
  same('header hash', toHex(headerHash(block.header, crypto)), first.headerHash);
  same('validators', toHex(validatorsHash(block.validators, crypto)), first.validatorsHash);
  same('commit hash', toHex(commitHash(block.commit, crypto)), first.commitHash);
  const named = { height: block.header.height, hash: parseHex(first.headerHash) };
  const trusted = trustFirstBlock(block, named, rules, crypto);
  for (const { name, bytes, code } of later) {
    const next = LightBlock.decode(parseHex(bytes));
    const work = () => verifyLightBlock({ trusted, block: next, now }, rules, crypto);
    same(name, codeOf(work) ?? null, code);
  }
}

const ProofVector = defineFormat('state-proof-check', 1, { proof: stateProofField });

interface ProofFile {
  trees: {
    entries: [key: string, value: string][];
    root: string;
    claims: ClaimVector[];
    refused: ClaimVector[];
  }[];
}
interface ClaimVector {
  name: string;
  key: string;
  value: string | null;
  proof: Json;
  bytes: string;
}

function checkProofs(file: ProofFile, crypto: Crypto): void {
  for (const { entries, root, claims, refused } of file.trees) {
    const pairs = entries.map(([key, value]) => [parseHex(key), parseHex(value)] as const);
    same('root', toHex(new NaiveStateTree(pairs, crypto).root), root);
    const check = (one: ClaimVector, isRight: boolean) => {
      const { proof } = ProofVector.fromJson({ proof: one.proof }) as { proof: StateProof };
      same(one.name, toHex(ProofVector.encode({ proof })), one.bytes);
      const value = one.value === null ? null : parseHex(one.value);
      const claim = { key: parseHex(one.key), value, proof };
      same(one.name, verifyState(claim, parseHex(root), crypto), isRight);
    };
    for (const claim of claims) check(claim, true);
    for (const claim of refused) check(claim, false);
  }
}

interface HpkeFile {
  seed: string;
  publicKey: string;
  info: string;
  accepted: { plaintext: string; sealed: string }[];
  refused: { name: string; sealed: string }[];
}

async function checkHpke(file: HpkeFile, { kem }: Crypto): Promise<void> {
  const key = kem.openingKey(parseHex(file.seed));
  const info = parseHex(file.info);
  same('public key', toHex(key.sealingKey.bytes), file.publicKey);
  for (const { plaintext, sealed } of file.accepted) {
    same('opened', toHex(await kem.open(parseHex(sealed), { with: key, info })), plaintext);
    const own = await kem.seal(parseHex(plaintext), {
      to: kem.sealingKey(key.sealingKey.bytes),
      info,
    });
    same('opened again', toHex(await kem.open(own, { with: key, info })), plaintext);
    const elsewhere = kem.open(parseHex(sealed), { with: key, info: new Uint8Array(32) });
    same('other info', await codeOfAsync(() => elsewhere), 'SEAL_INVALID');
  }
  for (const { name, sealed } of file.refused) {
    const work = () => kem.open(parseHex(sealed), { with: key, info });
    same(name, await codeOfAsync(work), 'SEAL_INVALID');
  }
}

interface RistrettoCase {
  uniform: string[];
  scalars: string[];
  points: string[];
  product: string;
  baseProduct: string;
  sum: string;
  difference: string;
  scalarSum: string;
  scalarDifference: string;
  scalarProduct: string;
  inverse: string;
}
interface RistrettoFile {
  multiples: { scalar: string; point: string | null }[];
  cases: RistrettoCase[];
  invalidPoints: string[];
}

function checkRistretto(file: RistrettoFile, { ristretto }: Crypto): void {
  for (const { scalar, point } of file.multiples) {
    const found = ristretto.multiplyBase(parseHex(scalar));
    same(`${scalar} · G`, found === undefined ? null : toHex(found), point);
  }
  for (const one of file.cases) {
    const [u, v] = one.uniform.map(parseHex) as [Uint8Array, Uint8Array];
    const [p, q] = [ristretto.fromUniform(u), ristretto.fromUniform(v)];
    const [a, b] = [ristretto.reduceScalar(u), ristretto.reduceScalar(v)];
    same('points', [p, q].map(toHex), one.points);
    same('scalars', [a, b].map(toHex), one.scalars);
    same('product', toHex(ristretto.multiply(a, p)!), one.product);
    same('base product', toHex(ristretto.multiplyBase(a)!), one.baseProduct);
    same('sum', toHex(ristretto.add(p, q)), one.sum);
    same('difference', toHex(ristretto.subtract(p, q)), one.difference);
    same('scalar sum', toHex(ristretto.addScalars(a, b)), one.scalarSum);
    same('scalar difference', toHex(ristretto.subtractScalars(a, b)), one.scalarDifference);
    same('scalar product', toHex(ristretto.multiplyScalars(a, b)), one.scalarProduct);
    same('inverse', toHex(ristretto.invertScalar(a)), one.inverse);
  }
  for (const hex of file.invalidPoints) same(hex, ristretto.isPoint(parseHex(hex)), false);
}

interface SignatureFile {
  cases: {
    name: string;
    publicKey: string;
    message: string;
    signature: string;
    transaction: boolean;
    vote: boolean;
  }[];
}

function checkSignatures(file: SignatureFile, { ed25519 }: Crypto): void {
  for (const one of file.cases) {
    const [signature, message, key] = [one.signature, one.message, one.publicKey].map(parseHex);
    same(one.name, ed25519.verify(signature!, message!, key!), one.transaction);
    same(`${one.name} (vote)`, ed25519.verifyVote(signature!, message!, key!), one.vote);
  }
}

/** One check for each file of vectors/protocol. */
export const PROTOCOL_CHECKS: {
  readonly [file: string]: (content: never, crypto: Crypto) => void | Promise<void>;
} = {
  tags: checkTags,
  cbor: checkCbor,
  transaction: checkTransactions,
  header: checkHeaders,
  'light-client': checkLightClient,
  'state-proof': checkProofs,
  hpke: checkHpke,
  ristretto: checkRistretto,
  signatures: checkSignatures,
  witness: checkWitness,
};
