import {
  Grant,
  type GrantEnvelope,
  grantLeaf,
  InboxLetter,
  isInRoster,
  makeRoster,
  openLetter,
  openSeed,
  openSources,
  Sources,
  sealLetter,
  sealSeeds,
  sealSources,
  writePart,
} from '@ward/charts';
import { type Crypto, toHex } from '@ward/protocol';
import { codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { SampleOpening } from '@ward/testkit/sample-opening';
import type { VectorFile, VectorJson } from './vector-file.ts';

/** Grants, their leaves, a roster, a letter to an organisation. */
export async function chartGrantVectors(crypto: Crypto): Promise<VectorFile> {
  const opening = await SampleOpening.make(crypto, { seed: 41 });
  const { realm, random, authority, epoch, header } = opening.chart;
  const writeSecret = random.bytes(32);
  const grants = [
    opening.grant,
    { ...opening.grant, units: opening.entry.labels, actions: ['read', 'write'] as const },
    { ...opening.grant, writePart: writePart(writeSecret, realm), openingsMax: 900 },
  ].map((grant) => {
    const [salt, bytes] = [random.bytes(32), Grant.encode(grant)];
    const leaf = grantLeaf({ salt, grant: bytes }, realm);
    return { json: Grant.toJson(grant), salt: toHex(salt), bytes: toHex(bytes), leaf };
  });
  const roster = makeRoster(
    grants.map(({ leaf }) => leaf),
    random,
  );
  const absent = random.bytes(32);
  const envelope: GrantEnvelope = {
    kind: 'general',
    ...authority,
    vaults: header.vaults,
    grant: Grant.encode(opening.grant),
    salt: opening.grantSalt,
    seeds: [{ epoch: 0, seed: epoch.seed }],
    writeSecret,
  };
  const keySeed = random.bytes(32);
  const key = crypto.kem.openingKey(keySeed);
  const organisation = opening.grantee;
  const letter = { kind: 'grant', envelope } as const;
  const sealed = await sealLetter(letter, { organisation, key: key.sealingKey }, realm);
  const arrived = await openLetter(sealed, { organisation, key }, realm);
  const content = {
    network: toHex(realm.network),
    grants: grants.map(({ leaf, ...rest }) => ({ ...rest, leaf: toHex(leaf) })),
    writePart: { writeSecret: toHex(writeSecret), digest: toHex(writePart(writeSecret, realm)) },
    roster: {
      object: toHex(roster),
      present: grants.map(({ leaf }) => toHex(leaf)),
      absent: [absent].map((leaf) => {
        if (isInRoster(roster, leaf)) throw new Error('a leaf that is there by chance');
        return toHex(leaf);
      }),
    },
    letter: {
      organisation: toHex(organisation),
      keySeed: toHex(keySeed),
      sealed: toHex(sealed),
      json: InboxLetter.toJson({ letter: arrived }),
    },
  };
  return { path: 'charts/grant.json', content: content as VectorJson };
}

/** Seeds of an epoch for its readers, and its sources. */
export async function chartEpochVectors(crypto: Crypto): Promise<VectorFile> {
  const sample = makeSampleChart(crypto, { seed: 42 });
  const { realm, random, chart, epoch, epochKey } = sample;
  const readers = [1, 2, 3, 4, 5].map(() => {
    const seed = random.bytes(32);
    return { seed, leaf: random.bytes(32), key: crypto.kem.openingKey(seed) };
  });
  const asked = readers.map(({ leaf, key }) => ({ leaf, key: key.sealingKey }));
  const object = await sealSeeds({ chart, epoch, readers: asked }, random, realm);
  const sources: Sources = {
    epoch: 0,
    sources: [{ organisation: random.bytes(16), secret: random.bytes(32) }],
    ownerKeys: [random.bytes(32)],
    previous: {
      object: random.bytes(32),
      closed: [{ source: random.bytes(32), count: 12 }],
      ownerCount: 1,
    },
  };
  const sealedSources = await sealSources(sources, epoch.seed, random, realm);
  const opened = await openSources(sealedSources, { seed: epoch.seed, epoch: 0 }, realm);
  const place = { chart, epoch: 1, leaf: readers[0]!.leaf };
  const code = await codeOfAsync(() => openSeed(object, place, readers[0]!.key, realm));
  if (code === undefined) throw new Error('a seed opens in another epoch');
  const content = {
    network: toHex(realm.network),
    chart: toHex(chart),
    epoch: 0,
    seed: toHex(epoch.seed),
    sealingKey: toHex(epochKey.sealingKey.bytes),
    seeds: {
      object: toHex(object),
      readers: readers.map(({ seed, leaf }) => ({ keySeed: toHex(seed), leaf: toHex(leaf) })),
      otherEpoch: { epoch: 1, code },
    },
    sources: { object: toHex(sealedSources), json: Sources.toJson(opened) },
  };
  return { path: 'charts/epoch.json', content: content as VectorJson };
}
