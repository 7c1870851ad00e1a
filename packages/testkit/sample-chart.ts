import {
  type Authority,
  type ChartHeader,
  ChartKeys,
  chartId,
  type Dealing,
  deal,
  type Epoch,
  epochKey,
  erasedOf,
  makeColdKey,
  makeEpoch,
  makeRoster,
  objectName,
  type RecordInput,
  type RecordMetadata,
  signHeader,
  type UnitAuthor,
  type VerifiedHeader,
} from '@ward/charts';
import type { AccountId, ChartId, Crypto, Ed25519KeyPair, OpeningKey, Realm } from '@ward/protocol';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

/** A chart of nobody real, with all its secrets. */
export interface SampleChart {
  readonly realm: Realm;
  readonly random: SeededRandom;
  readonly keys: ChartKeys;
  readonly authority: Authority;
  readonly coldSeed: Uint8Array;
  readonly chart: ChartId;
  readonly epoch: Epoch;
  readonly epochKey: OpeningKey;
  readonly dealing: Dealing;
  /** Organisations with a share each, index 1 first. */
  readonly custodians: readonly AccountId[];
  readonly header: ChartHeader;
  /** The header, signed; changed where told. */
  sign(changes?: Partial<ChartHeader>): VerifiedHeader;
}

export interface SampleChartOptions {
  readonly seed?: number;
  readonly threshold?: number;
  readonly count?: number;
  /** Readable offline: no release key. */
  readonly isUnlocked?: boolean;
  /** Network of the chart; the one of {@link sampleRealm} unless told. */
  readonly realm?: Realm;
  /** Organisations that keep and guard it, where they are not just anybody. */
  readonly vaults?: readonly AccountId[];
  readonly custodians?: readonly AccountId[];
}

export function sampleRealm(crypto: Crypto): Realm {
  return { network: crypto.sha256(new Uint8Array(0)), crypto };
}

/** @example const chart = makeSampleChart(await loadCrypto(), { seed: 3 }); */
export function makeSampleChart(crypto: Crypto, options: SampleChartOptions = {}): SampleChart {
  const { seed = 1, threshold = 3, count = 5, isUnlocked = false } = options;
  const { realm = sampleRealm(crypto) } = options;
  const random = seededRandom(seed);
  const keys = new ChartKeys({ seed: random.bytes(32), number: 0 }, realm);
  const { seed: coldSeed, cold } = makeColdKey(random, realm);
  const authority = { ck: keys.ck.publicKey, cold };
  const chart = chartId(authority, realm);
  const epoch = makeEpoch(0, random);
  const opening = epochKey(epoch.seed, realm);
  const dealing = deal({ threshold, count }, random, crypto);
  const { custodians = Array.from({ length: count }, () => random.bytes(16)) } = options;
  const places = custodians.map((organisation, i) => ({ index: i + 1, organisation }));
  const release = { commitments: dealing.commitments, custodians: places };
  const header: ChartHeader = {
    suite: 1,
    chart,
    authority,
    predecessors: [],
    version: 0,
    state: 'open',
    epoch: { number: 0, sealingKey: opening.sealingKey.bytes },
    releases: isUnlocked ? [] : [release],
    mailboxKey: keys.mailbox.sealingKey.bytes,
    vaults: options.vaults ?? [random.bytes(16)],
    roster: objectName(makeRoster([], random), crypto),
    seeds: random.bytes(32),
    sources: random.bytes(32),
    erased: erasedOf([], crypto),
    slot: keys.slot(0).publicKey,
    nextSlot: keys.slot(1).publicKey,
  };
  return {
    ...{ realm, random, keys, authority, coldSeed, chart, epoch, dealing, custodians, header },
    epochKey: opening,
    sign: (changes = {}) => signHeader({ ...header, ...changes }, keys.ck, realm),
  };
}

const METADATA: RecordMetadata = {
  mediaType: 'application/fhir+json',
  resourceType: 'Observation',
  name: 'synthetic',
  inputDigest: new Uint8Array(32),
  sizeBytes: 0,
};

/** A record of given bytes, read in pieces where told. */
export function sampleRecord(
  bytes: Uint8Array,
  {
    pieceBytes = bytes.length,
    ...metadata
  }: Partial<RecordMetadata> & { pieceBytes?: number } = {},
): RecordInput {
  return {
    metadata: { ...METADATA, sizeBytes: bytes.length, ...metadata },
    *open() {
      const step = Math.max(1, pieceBytes);
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    },
  };
}

/** An author of an organisation whose service key is given. */
export function sampleAuthor(keyPair: Ed25519KeyPair, account: AccountId): UnitAuthor {
  return { account, credential: 'synthetic clinician', keyPair };
}
