import {
  Author,
  answerWithShare,
  bodyKey,
  Caption,
  combineShares,
  deal,
  ErasedLabels,
  ErasedSet,
  epochKey,
  isNotErased,
  makeReleasePoint,
  objectName,
  openAuthor,
  openCaption,
  openRecord,
  openUnitKey,
  ownUnitKey,
  packedName,
  paddedLength,
  parseManifest,
  RecordLeaf,
  RecordMetadata,
  type ReleasePoint,
  sealedLength,
  sharePublicKey,
  unitLabel,
  verifyReleasePoint,
  verifyShare,
  verifyShareAnswer,
} from '@ward/charts';
import {
  type Crypto,
  collectBody,
  concatBytes,
  decodeUtf8,
  deriveKey,
  encodeUtf8,
  type Json,
  parseHex,
  type Random,
  type Realm,
  type Tag,
  toHex,
} from '@ward/protocol';
import { codeOf } from './refusals.ts';
import { same } from './same.ts';

interface BoxVector {
  key: string;
  padded: string;
}
interface UnitVector {
  epochSeed: string;
  releaseSecret: string;
  manifest: string;
  label: string;
  commitment: string;
  packedName: string | null;
  k1: string;
  k2: string;
  author: Json;
  caption: Json;
  boxes: { author: BoxVector; caption: BoxVector };
  bodies: { digest: string; size: number; key: string; sealed: string }[];
  texts: string[];
}
interface UnitFile {
  network: string;
  labels: {
    suite: number;
    epoch: number;
    count: number;
    chart: string;
    q: string;
    unit: string;
    root: string;
    label: string;
  }[];
  leaves: {
    salt: string;
    metadata: Json;
    metadataBytes: string;
    text: string | { letter: string; times: number };
    leaf: string;
  }[];
  lengths: { length: number; padded: number; sealed: number }[];
  units: UnitVector[];
  refused: { name: string; manifest: string; code: string }[];
}

export async function checkUnits(file: UnitFile, crypto: Crypto): Promise<void> {
  const realm = { network: parseHex(file.network), crypto };
  for (const { label, suite, epoch, count, ...hex } of file.labels) {
    const [chart, q, unit, root] = [hex.chart, hex.q, hex.unit, hex.root].map(parseHex);
    const fields = { suite, epoch, count, chart: chart!, q: q!, unit: unit!, root: root! };
    same('label', toHex(unitLabel(fields, realm)), label);
  }
  for (const { salt, metadata, metadataBytes, text, leaf } of file.leaves) {
    const encoded = RecordMetadata.encode(RecordMetadata.fromJson(metadata));
    same('metadata', toHex(encoded), metadataBytes);
    const bytes = encodeUtf8(typeof text === 'string' ? text : text.letter.repeat(text.times));
    const head = { salt: parseHex(salt), metadata: encoded, sizeBytes: bytes.length };
    const found = new RecordLeaf(head, realm);
    found.update(bytes);
    same('leaf', toHex(found.digest()), leaf);
  }
  for (const { length, padded, sealed } of file.lengths) {
    same(`length ${length}`, [paddedLength(length), sealedLength(padded)], [padded, sealed]);
  }
  for (const unit of file.units) await checkUnit(unit, realm);
  for (const { name, manifest, code } of file.refused) {
    const found = codeOf(() => parseManifest(parseHex(manifest), realm));
    same(name, found, code);
  }
}

async function checkUnit(vector: UnitVector, realm: Realm): Promise<void> {
  const { crypto } = realm;
  const unit = parseManifest(parseHex(vector.manifest), realm);
  const { label, manifest } = unit;
  same('label', toHex(label), vector.label);
  same('commitment', toHex(unit.commitment), vector.commitment);
  const packed = manifest.packed ? toHex(packedName(manifest.bodies, crypto)) : null;
  same('packed name', packed, vector.packedName);
  if (manifest.point !== null) {
    same('release point', verifyReleasePoint(manifest.point, label, crypto), true);
  }
  const k1 = await openUnitKey(unit, epochKey(parseHex(vector.epochSeed), realm), realm);
  const k2 = ownUnitKey(unit, parseHex(vector.releaseSecret), realm);
  same('keys', [k1, k2].map(toHex), [vector.k1, vector.k2]);
  same('author', Author.toJson(await openAuthor(unit, k1, realm)), vector.author);
  same('caption', Caption.toJson(await openCaption(unit, k1, realm)), vector.caption);
  const { author, caption } = vector.boxes;
  const boxKey = (tag: Tag) => toHex(deriveKey(tag, { key: k1, parts: [label] }, realm));
  same('keys of boxes', [author.key, caption.key], [boxKey('author-box'), boxKey('caption')]);
  const written = [
    Author.encode(Author.fromJson(vector.author)),
    Caption.encode(Caption.fromJson(vector.caption)),
  ] as const;
  await checkBox(author, { box: manifest.authorBox, content: written[0], block: 256 }, crypto);
  await checkBox(caption, { box: manifest.caption, content: written[1], block: 32 }, crypto);
  for (const [index, body] of vector.bodies.entries()) {
    const sealed = parseHex(body.sealed);
    same('body', [toHex(objectName(sealed, crypto)), sealed.length], [body.digest, body.size]);
    same('body key', toHex(bodyKey({ k1, k2, label, index }, realm)), body.key);
    const { bytes } = await openRecord({ unit, keys: { k1, k2 }, index }, [sealed], realm);
    const found = await collectBody(bytes, sealed.length);
    same('record', decodeUtf8(found ?? new Uint8Array(0)), vector.texts[index]);
  }
}

/** A box opens to what is in it, a byte 0x80, and zeros up to a multiple of `block`. */
async function checkBox(
  { key, padded }: BoxVector,
  { box, content, block }: { box: Uint8Array; content: Uint8Array; block: number },
  { aead }: Crypto,
): Promise<void> {
  const options = { key: parseHex(key), nonce: new Uint8Array(12), aad: new Uint8Array(0) };
  same('box', toHex(await aead.open(box, options)), padded);
  const zeros = '00'.repeat(block - 1 - (content.length % block));
  same('padding', padded, `${toHex(content)}80${zeros}`);
}

type PointVector = { [part in keyof ReleasePoint]: string };
interface AnswerVector {
  inputs: string[];
  entry: string;
  points: string[];
  proof: { c: string; s: string };
}
interface ReleaseFile {
  dealings: {
    threshold: number;
    count: number;
    coefficients: string[];
    commitments: string[];
    shares: string[];
    sharePublicKeys: string[];
    u: string;
    answers: { index: number; point: string }[];
    combined: string;
  }[];
  points: {
    secret: string;
    q: string;
    accepted: { label: string; r: string; s: string; k2: string; point: PointVector }[];
    refused: { name: string; label: string; point: PointVector }[];
  };
  answers: {
    share: string;
    publicKey: string;
    accepted: (AnswerVector & { r: string })[];
    refused: (AnswerVector & { name: string })[];
  };
}

/** A source whose draws become these scalars, one after the other. */
function giving(...scalars: readonly string[]): Random {
  const waiting = [...scalars];
  return { bytes: () => concatBytes(parseHex(waiting.shift()!), new Uint8Array(32)) };
}

function pointOf({ u, uBar, c, d }: PointVector): ReleasePoint {
  return { u: parseHex(u), uBar: parseHex(uBar), c: parseHex(c), d: parseHex(d) };
}

export function checkRelease(file: ReleaseFile, crypto: Crypto): void {
  checkDealings(file.dealings, crypto);
  checkPoints(file.points, crypto);
  checkAnswers(file.answers, crypto);
}

function checkDealings(dealings: ReleaseFile['dealings'], crypto: Crypto): void {
  for (const { threshold, count, coefficients, ...wanted } of dealings) {
    const dealt = deal({ threshold, count }, giving(...coefficients), crypto);
    same('commitments', dealt.commitments.map(toHex), wanted.commitments);
    same('shares', dealt.shares.map(toHex), wanted.shares);
    for (const [i, share] of dealt.shares.entries()) {
      const index = i + 1;
      verifyShare({ share, index }, dealt.commitments, crypto);
      const publicKey = sharePublicKey(dealt.commitments, index, crypto);
      same('public key of a share', toHex(publicKey), wanted.sharePublicKeys[i]);
    }
    const answers = wanted.answers.map(({ index, point }) => ({ index, point: parseHex(point) }));
    same('combined', toHex(combineShares(answers, threshold, crypto)), wanted.combined);
    const own = crypto.ristretto.multiply(dealt.secret, parseHex(wanted.u))!;
    same('R·u', toHex(own), wanted.combined);
  }
}

function checkPoints({ secret, q, accepted, refused }: ReleaseFile['points'], crypto: Crypto) {
  same('Q', toHex(crypto.ristretto.multiplyBase(parseHex(secret))!), q);
  for (const { label, r, s, k2, point } of accepted) {
    const place = { label: parseHex(label), q: parseHex(q) };
    const made = makeReleasePoint(place, giving(r, s), crypto);
    same('k2', toHex(made.k2), k2);
    same('point', made.point, pointOf(point));
    same('proof', verifyReleasePoint(pointOf(point), place.label, crypto), true);
  }
  for (const { name, label, point } of refused) {
    same(name, verifyReleasePoint(pointOf(point), parseHex(label), crypto), false);
  }
}

function checkAnswers({ share, publicKey, ...cases }: ReleaseFile['answers'], crypto: Crypto) {
  const isProved = ({ inputs, entry, points, proof }: AnswerVector) =>
    verifyShareAnswer(
      { points: points.map(parseHex), proof: { c: parseHex(proof.c), s: parseHex(proof.s) } },
      { publicKey: parseHex(publicKey), inputs: inputs.map(parseHex), entry: parseHex(entry) },
      crypto,
    );
  for (const one of cases.accepted) {
    const inputs = one.inputs.map(parseHex);
    const asked = { share: parseHex(share), inputs, entry: parseHex(one.entry) };
    const { points, proof } = answerWithShare(asked, giving(one.r), crypto);
    same('points', points.map(toHex), one.points);
    same('proof', [toHex(proof.c), toHex(proof.s)], [one.proof.c, one.proof.s]);
    same('answer', isProved(one), true);
  }
  for (const one of cases.refused) same(one.name, isProved(one), false);
}

interface NeighbourVector {
  label: string;
  index: number;
  path: string[];
}
interface AbsenceVector {
  name?: string;
  label: string;
  before: NeighbourVector | null;
  after: NeighbourVector | null;
}
interface ErasedFile {
  inline: { labels: string[]; erased: 'inline'; sorted: string[] };
  set: { labels: string[]; object: string; name: string; root: string; count: number };
  absent: AbsenceVector[];
  refused: AbsenceVector[];
}

function neighbour(vector: NeighbourVector | null) {
  if (vector === null) return null;
  const { label, index, path } = vector;
  return { label: parseHex(label), index, path: path.map(parseHex) };
}

export function checkErased(file: ErasedFile, crypto: Crypto): void {
  const few = new ErasedLabels(file.inline.labels.map(parseHex), crypto);
  same('few', few.field.kind, file.inline.erased);
  same('in order', ErasedSet.decode(few.encode()).labels.map(toHex), file.inline.sorted);
  const many = new ErasedLabels(file.set.labels.map(parseHex), crypto);
  const { object, name, root, count } = file.set;
  same('object', toHex(many.encode()), object);
  const erased = {
    kind: 'set',
    object: parseHex(name),
    root: parseHex(root),
    count,
  } as const;
  same('what a header says', many.field, erased);
  const holds = ({ label, before, after }: AbsenceVector) => {
    const absence = { before: neighbour(before), after: neighbour(after) };
    return isNotErased(parseHex(label), { erased, absence }, crypto);
  };
  for (const each of file.absent) same(each.label, holds(each), true);
  for (const each of file.refused) same(each.name ?? '', holds(each), false);
}
