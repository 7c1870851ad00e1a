import {
  CHART_LIMITS,
  type ChartHeader,
  deal,
  type Release,
  refuseChart,
  releaseKey,
  type VerifiedHeader,
} from '@ward/charts';
import { type AccountId, equalBytes, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { refuse } from '../errors.ts';
import { authoritiesOf, type Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { dealShares } from './create-chart.ts';
import { publishHeader, viewOwnChart } from './publish-header.ts';

/** A custodian of a chart, and who takes its place. */
export interface Replacement {
  readonly custodian: AccountId;
  readonly by: AccountId;
}

type Custodians = Release['custodians'];

/**
 * Replaces custodians that are dead, suspended or not trusted any more, without asking them. Each
 * release key that they hold a share of is dealt anew to the others and to those who take their
 * place, over a new polynomial: every unit opens as before, and the old shares are of no use,
 * unless t of those who had them collude. All custodians that stay must answer; where more than
 * one does
 * not, they are replaced in one call. A call that failed is made again.
 *
 * New units come under a new release key, of which those who were replaced never had a share.
 *
 * @throws WardError `CUSTODIAN_UNKNOWN` for one that holds no share, or has one already;
 * `RELEASE_SECRET_MISSING` where this wallet does not have the secret of the key; what custodians,
 * vaults and nodes refuse.
 */
export async function replaceCustodians(
  wallet: Wallet,
  kept: KeptChart,
  replacements: readonly Replacement[],
  connection: Connection,
): Promise<VerifiedHeader> {
  if (replacements.length === 0) throw refuse('CUSTODIAN_UNKNOWN');
  const { current } = await viewOwnChart(kept, connection);
  if (isReplaced(current.header, replacements)) return current;
  return publishHeader(
    wallet,
    kept,
    async ({ releases }) => {
      const changed: Release[] = [];
      for (const release of releases) {
        const custodians = replaced(release.custodians, replacements);
        const isSame = custodians.every(
          ({ organisation }, i) => organisation === release.custodians[i]!.organisation,
        );
        const owner = { wallet, kept, custodians };
        changed.push(isSame ? release : await dealAnew({ ...owner, release }, connection));
      }
      const { custodians } = changed.at(-1) ?? { custodians: [] };
      const isDone = replacements.every(({ by }) => isAmong(by, custodians));
      const isOther = changed.some((release, i) => release !== releases[i]);
      if (!isOther || !isDone) throw refuse('CUSTODIAN_UNKNOWN');
      if (changed.length === CHART_LIMITS.releasesMax) return { releases: changed };
      const size = sizeOf(changed);
      return { releases: [...changed, await dealNew({ wallet, kept }, size, connection)] };
    },
    connection,
  );
}

function isAmong(id: AccountId, custodians: Custodians): boolean {
  return custodians.some(({ organisation }) => equalBytes(organisation, id));
}

/** Whether an earlier call did it, though nobody was told. */
function isReplaced({ releases }: ChartHeader, replacements: readonly Replacement[]): boolean {
  const current = releases.at(-1);
  return (
    current !== undefined &&
    replacements.every(
      ({ custodian, by }) =>
        isAmong(by, current.custodians) &&
        !releases.some(({ custodians }) => isAmong(custodian, custodians)),
    )
  );
}

/** The same places, with those who take over in them. */
function replaced(custodians: Custodians, replacements: readonly Replacement[]): Custodians {
  const next = custodians.map(({ index, organisation }) => {
    const found = replacements.find(({ custodian }) => equalBytes(custodian, organisation));
    return { index, organisation: found?.by ?? organisation };
  });
  const names = next.map(({ organisation }) => toHex(organisation));
  if (new Set(names).size < names.length) throw refuse('CUSTODIAN_UNKNOWN');
  return next;
}

export interface NewRelease {
  /** Organisations that become custodians, one share each. */
  readonly organisations: readonly AccountId[];
  /** t: how many of them must answer. */
  readonly threshold: number;
}

/**
 * Has new units come under a new release key: after a theft of the wallet, whose secrets the thief
 * has, or for other custodians from now on. Units from before stay with theirs.
 *
 * @param release Custodians and threshold; those of the current key when left out.
 * @throws WardError `CHART_INCOHERENT`, what custodians, vaults and nodes refuse.
 */
export function renewRelease(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
  release?: NewRelease,
): Promise<VerifiedHeader> {
  return publishHeader(
    wallet,
    kept,
    async (current) => {
      const size = release ?? sizeOf(current.releases);
      const next = await dealNew({ wallet, kept }, size, connection);
      return { releases: [...current.releases, next] };
    },
    connection,
  );
}

function sizeOf(releases: readonly Release[]): NewRelease {
  const release = releases.at(-1);
  if (release === undefined) throw refuseChart('CHART_INCOHERENT');
  const organisations = release.custodians.map(({ organisation }) => organisation);
  return { organisations, threshold: release.commitments.length };
}

interface DealOwner {
  readonly wallet: Wallet;
  readonly kept: KeptChart;
}

function dealNew(
  owner: DealOwner,
  { organisations, threshold }: NewRelease,
  connection: Connection,
): Promise<Release> {
  const { length: count } = organisations;
  const isSound =
    count <= CHART_LIMITS.custodiansMax &&
    new Set(organisations.map(toHex)).size === count &&
    Number.isSafeInteger(threshold) &&
    threshold >= 1 &&
    threshold <= count;
  if (!isSound) throw refuseChart('CHART_INCOHERENT');
  const custodians = organisations.map((organisation, i) => ({ index: i + 1, organisation }));
  return dealTo({ ...owner, custodians, threshold }, connection);
}

function dealAnew(
  { release, ...owner }: DealOwner & { readonly release: Release; readonly custodians: Custodians },
  connection: Connection,
): Promise<Release> {
  const secret = owner.wallet.releaseSecret(owner.kept, releaseKey(release));
  if (secret === undefined) throw refuse('RELEASE_SECRET_MISSING');
  return dealTo({ ...owner, secret, threshold: release.commitments.length }, connection);
}

interface DealTo extends DealOwner {
  readonly custodians: Custodians;
  readonly threshold: number;
  /** Of a key that is there already. */
  readonly secret?: Uint8Array;
}

/** Deals over a new polynomial; the wallet remembers it before anybody hears of it. */
async function dealTo(
  { wallet, kept, custodians, threshold, secret }: DealTo,
  connection: Connection,
): Promise<Release> {
  const { chart } = kept;
  const { random, realm } = connection;
  const count = custodians.reduce((most, { index }) => Math.max(most, index), 0);
  const size = { threshold, count, ...(secret === undefined ? {} : { secret }) };
  const dealing = deal(size, random, realm.crypto);
  const { commitments } = dealing;
  await wallet.record({
    ...{ kind: 'releaseDealt', chart, secret: dealing.secret },
    ...{ commitments: [...commitments], custodians: [...custodians] },
  });
  const keys = wallet.keysOf(kept);
  const owner = { ...authoritiesOf(kept), chart, keys };
  await dealShares({ ...owner, dealing, places: custodians }, connection);
  return { commitments: [...commitments], custodians: [...custodians] };
}
