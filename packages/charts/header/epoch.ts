import {
  type ChartId,
  compareBytes,
  type Digest,
  defineFormat,
  deriveKey,
  equalBytes,
  type FormatOf,
  field,
  hash,
  type OpeningKey,
  type Random,
  type Realm,
  SEAL_OVERHEAD_BYTES,
  type SealingKey,
} from '@ward/protocol';
import { CHART_LIMITS } from '../limits.ts';

/**
 * An epoch is a random 32-byte seed: all who hold it read captions and authors, and with released
 * keys the records, of the units written in it.
 */
export interface Epoch {
  readonly number: number;
  readonly seed: Uint8Array;
}

export function makeEpoch(number: number, random: Random): Epoch {
  return { number, seed: random.bytes(32) };
}

/** The key pair to whose public half writers seal k1. */
export function epochKey(seed: Uint8Array, realm: Realm): OpeningKey {
  return realm.crypto.kem.openingKey(deriveKey('epoch-key', { key: seed, parts: [] }, realm));
}

/** The epoch's seed for each reader that stays, sealed to its organisation. */
export const SeedsObject = defineFormat('seeds-object', 1, {
  seeds: field.list(
    field.struct({
      leaf: field.bytes(32),
      sealed: field.bytes(SEAL_OVERHEAD_BYTES + 32),
    }),
    { max: 2 * CHART_LIMITS.grantsMax, sortedBy: 'leaf' },
  ),
});
export type SeedsObject = FormatOf<typeof SeedsObject>;

export interface SeedReader {
  /** Leaf of the grant in the roster. */
  readonly leaf: Digest;
  /** The grantee's sealing key, from its organisation's record. */
  readonly key: SealingKey;
}

export interface SeedPlace {
  readonly chart: ChartId;
  readonly epoch: number;
  readonly leaf: Digest;
}

function seedContext({ chart, epoch, leaf }: SeedPlace, realm: Realm): Digest {
  return hash('epoch-seed', [chart, epoch, leaf], realm);
}

/** Smallest power of two that is at least `count`: what a list of readers is padded to. */
export function paddedCount(count: number): number {
  let padded = 4;
  while (padded < count) padded *= 2;
  return padded;
}

export interface SeedsInput {
  readonly chart: ChartId;
  readonly epoch: Epoch;
  readonly readers: readonly SeedReader[];
  /** Leaves of none in the roster: with others, the two lists would show what they share. */
  readonly padding?: readonly Digest[];
}

/**
 * Seals an epoch's seed once to each reader, padded with entries for nobody, so that the object
 * does not tell their number. Those are real seals of noise to a key that is thrown away: half of
 * all random strings are no X25519 points, and would give themselves away.
 */
export async function sealSeeds(
  { chart, epoch, readers, padding = [] }: SeedsInput,
  random: Random,
  realm: Realm,
): Promise<Uint8Array> {
  const { kem } = realm.crypto;
  const seeds: { leaf: Digest; sealed: Uint8Array }[] = [];
  for (const { leaf, key } of readers) {
    const info = seedContext({ chart, epoch: epoch.number, leaf }, realm);
    seeds.push({ leaf, sealed: await kem.seal(epoch.seed, { to: key, info }) });
  }
  const nobody = kem.openingKey(random.bytes(32)).sealingKey;
  for (let i = 0; seeds.length < paddedCount(readers.length); i++) {
    const leaf = padding[i] ?? random.bytes(32);
    const info = seedContext({ chart, epoch: epoch.number, leaf }, realm);
    seeds.push({ leaf, sealed: await kem.seal(random.bytes(32), { to: nobody, info }) });
  }
  seeds.sort((a, b) => compareBytes(a.leaf, b.leaf));
  return SeedsObject.encode({ seeds });
}

/** The seed that a seeds object holds for a reader; undefined where it holds none. */
export async function openSeed(
  object: Uint8Array,
  place: SeedPlace,
  key: OpeningKey,
  realm: Realm,
): Promise<Uint8Array | undefined> {
  const { seeds } = SeedsObject.decode(object);
  const entry = seeds.find(({ leaf }) => equalBytes(leaf, place.leaf));
  if (entry === undefined) return undefined;
  return realm.crypto.kem.open(entry.sealed, { with: key, info: seedContext(place, realm) });
}
