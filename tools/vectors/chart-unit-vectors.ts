import {
  Author,
  bodyKey,
  Caption,
  Manifest,
  openAuthor,
  openCaption,
  openUnitKey,
  ownUnitKey,
  packedName,
  paddedLength,
  parseManifest,
  RecordLeaf,
  RecordMetadata,
  type SealedUnit,
  sealedLength,
  unitLabel,
  writeUnit,
} from '@ward/charts';
import { type Crypto, deriveKey, encodeUtf8, parseHex, toHex } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { makeSampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import { MemoryBodies } from '@ward/testkit/unit-store';
import type { VectorFile, VectorJson } from './vector-file.ts';

const PADDED = [0, 1, 1024, 1025, 9_999, 100_000, 1_000_000, 2 ** 30, 2 ** 30 + 1, 2 ** 32 - 1];

function labelVectors(crypto: Crypto): VectorJson[] {
  const { realm, random, chart, dealing } = makeSampleChart(crypto, { seed: 11 });
  return [
    { epoch: 0, q: dealing.commitments[0]!, count: 1 },
    { epoch: 65_536, q: dealing.commitments[0]!, count: 4096 },
    { epoch: 3, q: new Uint8Array(0), count: 2 },
  ].map(({ epoch, q, count }) => {
    const [unit, root] = [random.bytes(16), random.bytes(32)];
    const label = unitLabel({ suite: 1, chart, epoch, q, unit, root, count }, realm);
    const bytes = { chart, q, unit, root, label };
    const hex = Object.entries(bytes).map(([name, value]) => [name, toHex(value)]);
    return { suite: 1, epoch, count, ...Object.fromEntries(hex) };
  });
}

function leafVectors(crypto: Crypto): VectorJson[] {
  const { realm } = makeSampleChart(crypto, { seed: 11 });
  const random = seededRandom(12);
  return ['', 'positive', 'negative', 'x'.repeat(100_000)].map((text) => {
    const bytes = encodeUtf8(text);
    const { metadata } = sampleRecord(bytes);
    const salt = random.bytes(32);
    const head = { salt, metadata: RecordMetadata.encode(metadata), sizeBytes: bytes.length };
    const leaf = new RecordLeaf(head, realm);
    leaf.update(bytes);
    return {
      salt: toHex(salt),
      metadata: RecordMetadata.toJson(metadata),
      metadataBytes: toHex(head.metadata),
      text: text.length > 100 ? { letter: 'x', times: text.length } : text,
      leaf: toHex(leaf.digest()),
    } as VectorJson;
  });
}

/** A box of a manifest: its key, and what is in it with its padding. */
async function boxVector(box: Uint8Array, key: Uint8Array, { aead }: Crypto): Promise<VectorJson> {
  const options = { key, nonce: new Uint8Array(12), aad: new Uint8Array(0) };
  return { key: toHex(key), padded: toHex(await aead.open(box, options)) };
}

async function unitVector(unit: SealedUnit, bodies: MemoryBodies, crypto: Crypto) {
  const { realm, epoch, epochKey, dealing } = makeSampleChart(crypto, { seed: 13 });
  const parsed = parseManifest(unit.manifest, realm);
  const k1 = await openUnitKey(parsed, epochKey, realm);
  const k2 = ownUnitKey(parsed, dealing.secret, realm);
  const { label, manifest } = parsed;
  const boxKey = (tag: 'author-box' | 'caption') =>
    deriveKey(tag, { key: k1, parts: [label] }, realm);
  return {
    epochSeed: toHex(epoch.seed),
    releaseSecret: toHex(dealing.secret),
    manifest: toHex(unit.manifest),
    label: toHex(label),
    commitment: toHex(unit.commitment),
    packedName: manifest.packed ? toHex(packedName(manifest.bodies, crypto)) : null,
    k1: toHex(k1),
    k2: toHex(k2),
    author: Author.toJson(await openAuthor(parsed, k1, realm)),
    caption: Caption.toJson(await openCaption(parsed, k1, realm)),
    boxes: {
      author: await boxVector(manifest.authorBox, boxKey('author-box'), crypto),
      caption: await boxVector(manifest.caption, boxKey('caption'), crypto),
    },
    bodies: manifest.bodies.map(({ digest, size }, index) => ({
      digest: toHex(digest),
      size,
      key: toHex(bodyKey({ k1, k2, label, index }, realm)),
      sealed: toHex(bodies.bodyOf(unit, index)),
    })),
  } as VectorJson;
}

/** A unit of three records, and one that is readable offline. */
async function unitVectors(crypto: Crypto): Promise<{ units: VectorJson[]; first: SealedUnit }> {
  const sample = makeSampleChart(crypto, { seed: 13 });
  const { random, realm, header } = sample;
  const bodies = new MemoryBodies(crypto);
  const keyPair = crypto.ed25519.keyPair(random.bytes(32));
  const author = sampleAuthor(keyPair, random.bytes(16));
  const caption = { kind: 'laboratory', month: 12 * 2026 + 10 } as const;
  const texts = ['{"resourceType":"Observation"}', '', 'z'.repeat(1500)];
  const records = texts.map((text, i) => sampleRecord(encodeUtf8(text), { name: `record ${i}` }));
  const units: SealedUnit[] = [];
  for (const each of [header, { ...header, releases: [] }]) {
    const input = { records, caption, author, header: each };
    units.push(await writeUnit(input, bodies, random, realm));
  }
  const described = [];
  for (const unit of units) {
    const vector = (await unitVector(unit, bodies, crypto)) as { [name: string]: VectorJson };
    described.push({ ...vector, texts });
  }
  return { units: described, first: units[0]! };
}

/** Manifests that are refused, with the code. */
function refusedManifests({ manifest: bytes }: SealedUnit, crypto: Crypto): VectorJson[] {
  const { realm } = makeSampleChart(crypto, { seed: 13 });
  const manifest = Manifest.decode(bytes);
  const changes: [string, Partial<Manifest>][] = [
    ['another root', { root: new Uint8Array(32) }],
    ['a leaf less', { leaves: manifest.leaves.slice(1) }],
    ['leaves in another order', { leaves: [...manifest.leaves].reverse() }],
    ['a body less', { bodies: manifest.bodies.slice(1) }],
    ['a key without a point', { point: null }],
    ['a point without a key', { q: new Uint8Array(0) }],
    ['half a key', { q: manifest.q.slice(0, 16) }],
  ];
  const altered: [string, Uint8Array][] = [
    ...changes.map(([name, change]): [string, Uint8Array] => [
      name,
      Manifest.encode({ ...manifest, ...change }),
    ]),
    ['cut short', bytes.slice(0, -1)],
    ['a byte more', new Uint8Array([...bytes, 0])],
    ['another version', parseHex(toHex(bytes).replace(/^(..)01/, '$102'))],
  ];
  return altered.map(([name, each]) => {
    const code = codeOf(() => parseManifest(each, realm));
    if (code === undefined) throw new Error(`${name} is accepted`);
    return { name, manifest: toHex(each), code };
  });
}

/** Labels, leaves, lengths, whole units with their keys, refused manifests. */
export async function chartUnitVectors(crypto: Crypto): Promise<VectorFile> {
  const { units, first } = await unitVectors(crypto);
  const content = {
    network: toHex(makeSampleChart(crypto).realm.network),
    labels: labelVectors(crypto),
    leaves: leafVectors(crypto),
    lengths: PADDED.map((length) => {
      const padded = paddedLength(length);
      return { length, padded, sealed: sealedLength(padded) };
    }),
    units,
    refused: refusedManifests(first, crypto),
  };
  return { path: 'charts/unit.json', content };
}
