import {
  ACCOUNT_ID_BYTES,
  type ChartId,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  type Ed25519KeyPair,
  equalBytes,
  type FormatOf,
  field,
  hash,
  type Realm,
  SEALING_KEY_BYTES,
  tagged,
  taggedDigest,
  toHex,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';

/** Ed25519 key of a chart, and the slot whose writing takes the chart away from it. */
export const authorityField = field.struct({
  ck: field.bytes(32),
  cold: field.bytes(DIGEST_BYTES),
});

/** A release key: Q is the first commitment, t their number. */
export const releaseField = field.struct({
  commitments: field.list(field.bytes(32), { min: 1, max: LIMITS.custodiansMax }),
  custodians: field.list(
    field.struct({
      index: field.integer(1, LIMITS.custodiansMax),
      organisation: field.bytes(ACCOUNT_ID_BYTES),
    }),
    { min: 1, max: LIMITS.custodiansMax, sortedBy: 'index' },
  ),
});

/** Labels that no custodian releases any more: listed here, or the root of a set with proofs. */
export const erasedField = field.variant({
  inline: field.struct({
    labels: field.list(field.bytes(DIGEST_BYTES), { max: LIMITS.erasedInlineMax, sortedBy: '' }),
  }),
  set: field.struct({
    /** Name of the `ErasedSet` in the vaults. */
    object: field.bytes(DIGEST_BYTES),
    root: field.bytes(DIGEST_BYTES),
    count: field.integer(1, LIMITS.erasedMax),
  }),
});

/**
 * The signed, versioned public face of a chart. It stands in the vaults; its digest stands in the
 * carried slot `slot`, and `nextSlot` is where the next one's will stand.
 */
export const ChartHeader = defineFormat('chart-header', 1, {
  suite: field.integer(1, 1),
  chart: field.bytes(DIGEST_BYTES),
  authority: authorityField,
  /** Authorities before this one, the first of which made the chart's id. */
  predecessors: field.list(authorityField, { max: LIMITS.successionsMax }),
  version: field.integer(),
  state: field.word(['open', 'frozen', 'erased']),
  epoch: field.struct({
    number: field.integer(0, LIMITS.epochsMax),
    sealingKey: field.bytes(SEALING_KEY_BYTES),
  }),
  /** None for a chart that is readable offline; else the last one is current. */
  releases: field.list(releaseField, { max: LIMITS.releasesMax }),
  mailboxKey: field.bytes(SEALING_KEY_BYTES),
  vaults: field.list(field.bytes(ACCOUNT_ID_BYTES), { min: 1, max: LIMITS.vaultsMax }),
  /** Digests of the roster, seeds and sources objects. */
  roster: field.bytes(DIGEST_BYTES),
  seeds: field.bytes(DIGEST_BYTES),
  sources: field.bytes(DIGEST_BYTES),
  erased: erasedField,
  /** One-time keys of this version's slot and of the next one's. */
  slot: field.bytes(32),
  nextSlot: field.bytes(32),
});
export type ChartHeader = FormatOf<typeof ChartHeader>;
export type Authority = ChartHeader['authority'];
export type Release = ChartHeader['releases'][number];

/** A header as vaults keep it: its bytes and ck's signature over them. */
export const SignedChartHeader = defineFormat('signed-chart-header', 1, {
  header: field.bytesBetween(1, 256 * 1024),
  signature: field.bytes(64),
});

/** A header whose signature was verified. Whether it is current, only the ledger can say. */
export interface VerifiedHeader {
  readonly header: ChartHeader;
  /** Value of the slot `header.slot`. */
  readonly digest: Digest;
  /** The signed header as it travels. */
  readonly bytes: Uint8Array;
}

/** H(chart, ck, cold) of the first authority: cold rotations keep the id. */
export function chartId({ ck, cold }: Authority, realm: Realm): ChartId {
  return hash('chart', [ck, cold], realm);
}

/** What the slot of a cold key holds: who has the chart from now on. */
export function successionValue(
  { chart, authority }: { chart: ChartId; authority: Authority },
  realm: Realm,
): Digest {
  return hash('succession', [chart, authority.ck, authority.cold], realm);
}

/**
 * One share per organisation, no more shares needed than dealt, each release key and vault once:
 * otherwise a threshold would count less than it says.
 */
function checkCoherent({ releases, vaults }: ChartHeader): void {
  const isSound = releases.every(
    ({ commitments, custodians }) =>
      commitments.length <= custodians.length &&
      areDistinct(custodians.map(({ organisation }) => organisation)),
  );
  if (!isSound || !areDistinct(releases.map(releaseKey)) || !areDistinct(vaults)) {
    throw refuse('CHART_INCOHERENT');
  }
}

function areDistinct(items: readonly Uint8Array[]): boolean {
  return new Set(items.map(toHex)).size === items.length;
}

/**
 * Signs a header.
 *
 * @throws WardError `CHART_INCOHERENT`, `FORMAT_*`.
 */
export function signHeader(header: ChartHeader, ck: Ed25519KeyPair, realm: Realm): VerifiedHeader {
  const { crypto } = realm;
  checkCoherent(header);
  const bytes = ChartHeader.encode(header);
  const signature = crypto.ed25519.sign(tagged('chart-header', bytes), ck.secretKey);
  return {
    header,
    digest: taggedDigest('chart-header', bytes, crypto),
    bytes: SignedChartHeader.encode({ header: bytes, signature }),
  };
}

/**
 * Parses a header and verifies that it is its chart's: the id follows from its first authority, the
 * signature from its last.
 *
 * @param chart The id that was asked for.
 * @throws WardError `CHART_MISMATCH`, `CHART_SIGNATURE`, `CHART_INCOHERENT`, `CBOR_*`, `FORMAT_*`.
 */
export function parseHeader(bytes: Uint8Array, chart: ChartId, realm: Realm): VerifiedHeader {
  const { crypto } = realm;
  const signed = SignedChartHeader.decode(bytes);
  const header = ChartHeader.decode(signed.header);
  const first = header.predecessors[0] ?? header.authority;
  const isOwn = equalBytes(header.chart, chart) && equalBytes(chartId(first, realm), chart);
  if (!isOwn) throw refuse('CHART_MISMATCH');
  const message = tagged('chart-header', signed.header);
  if (!crypto.ed25519.verify(signed.signature, message, header.authority.ck)) {
    throw refuse('CHART_SIGNATURE');
  }
  checkCoherent(header);
  return { header, digest: taggedDigest('chart-header', signed.header, crypto), bytes };
}

/** The release key under which new units are written; undefined for a chart without one. */
export function currentRelease(header: ChartHeader): Release | undefined {
  return header.releases.at(-1);
}

/** Q of a release key. */
export function releaseKey(release: Release): Uint8Array {
  return release.commitments[0]!;
}

/** The release key with this Q; undefined when the header does not list it. */
export function findRelease(header: ChartHeader, q: Uint8Array): Release | undefined {
  return header.releases.find((release) => equalBytes(releaseKey(release), q));
}
