import {
  type ChartKeys,
  type ChartHeader as Header,
  signHeader,
  type VerifiedHeader,
} from '@ward/charts';
import { signCarriedSlot } from '@ward/ledger/schema';
import { type AccountId, equalBytes, toHex, WardError } from '@ward/protocol';
import { missedBy } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { carry } from '../connection/submit.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { refuse } from '../errors.ts';
import { authoritiesOf, type Wallet } from '../wallet/wallet.ts';
import { firstAuthority, type KeptChart } from '../wallet/wallet-state.ts';
import { type CaughtUp, catchUp } from './catch-up.ts';
import { type ChartView, chartReference, viewChart } from './chart-view.ts';

/** What the next header changes; the rest stays as it is. */
export type HeaderChange = (current: Header) => Promise<Partial<Header>> | Partial<Header>;

const ATTEMPTS_MAX = 5;

/** Brings the vaults of an own chart what they missed. */
export function catchUpOwn(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
  except: readonly AccountId[] = [],
): Promise<CaughtUp> {
  const { chart, vaults } = kept;
  const key = wallet.requestKey(kept);
  return catchUp({ keeper: wallet, reference: { chart, vaults }, key, except }, connection);
}

/** The current header of an own chart. */
export function viewOwnChart(kept: KeptChart, connection: Connection): Promise<ChartView> {
  return viewChart(chartReference(firstAuthority(kept), kept.vaults, connection), connection);
}

/**
 * Publishes the next header of a chart: stored in the vaults first, then carried to the ledger.
 * When another device was faster, its header is fetched and the change is made again on top.
 *
 * @throws WardError `CHART_UNSTEADY` after several attempts, `CHART_UNKNOWN` for an erased chart,
 * `CHART_TAKEN` where a cold rotation gave it other keys, what vaults and nodes refuse.
 */
export function publishHeader(
  wallet: Wallet,
  kept: KeptChart,
  change: HeaderChange,
  connection: Connection,
): Promise<VerifiedHeader> {
  return wallet.inOrder(`header/${toHex(kept.chart)}`, async () => {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const { current } = await viewOwnChart(kept, connection);
      if (current.header.state === 'erased') throw refuse('CHART_UNKNOWN');
      const { ck } = authoritiesOf(kept).authority;
      if (!equalBytes(current.header.authority.ck, ck)) throw refuse('CHART_TAKEN');
      const next = await change(current.header);
      try {
        return await putNext(wallet, kept, { ...current.header, ...next }, connection);
      } catch (error) {
        if (!(await isSuperseded(error, current, () => viewOwnChart(kept, connection)))) {
          throw error;
        }
      }
    }
    throw refuse('CHART_UNSTEADY');
  });
}

/**
 * Whether another header was faster: a vault may refuse on account of it before the ledger does.
 */
async function isSuperseded(
  error: unknown,
  base: VerifiedHeader,
  look: () => Promise<ChartView>,
): Promise<boolean> {
  if (!(error instanceof WardError)) return false;
  if (error.code === 'SLOT_TAKEN') return true;
  if (error.code === 'SERVER_UNREACHABLE') return false;
  const { current } = await look();
  return !equalBytes(current.digest, base.digest);
}

/** Signs, stores and carries a header that follows `base`. */
async function putNext(
  wallet: Wallet,
  kept: KeptChart,
  base: Header,
  connection: Connection,
): Promise<VerifiedHeader> {
  const version = base.version + 1;
  const keys = wallet.keysOf(kept);
  const header: Header = { ...base, ...authoritiesOf(kept), version, ...slotKeys(keys, version) };
  return putHeaderVersion({ wallet, kept, keys, header }, connection);
}

/** Keys of this version's slot and of the next one's. */
export function slotKeys(keys: ChartKeys, version: number): Pick<Header, 'slot' | 'nextSlot'> {
  return { slot: keys.slot(version).publicKey, nextSlot: keys.slot(version + 1).publicKey };
}

export interface HeaderVersion {
  readonly wallet: Wallet;
  readonly kept: KeptChart;
  readonly keys: ChartKeys;
  readonly header: Header;
}

/**
 * Signs one version, stores it in its vaults, carries its slot, and remembers it. One vault that
 * took it is enough for the slot, so that none that is away delays a revocation; only the first
 * header must be in all.
 */
export async function putHeaderVersion(
  { wallet, kept, keys, header }: HeaderVersion,
  connection: Connection,
): Promise<VerifiedHeader> {
  const { realm } = connection;
  const { chart, version } = header;
  const verified = signHeader(header, keys.ck, realm);
  const key = wallet.requestKey(kept);
  const writer = new VaultWriter(header.vaults, { chart, key }, connection);
  await writer.putHeader(verified.bytes);
  if (version === 0) writer.requireAll();
  await wallet.record(...missedBy(writer.missed, chart, [{ kind: 'header' }]));
  const slot = signCarriedSlot({ value: verified.digest, keyPair: keys.slot(version) }, realm);
  await carry(connection, { chart, slot });
  await wallet.record({ kind: 'headerPublished', chart, version, digest: verified.digest });
  kept.vaults = header.vaults;
  // Those that took this one are there again.
  await catchUpOwn(wallet, kept, connection, writer.missed);
  return verified;
}
