import { type ChartHeader, getCustodianStatus } from '@ward/charts';
import {
  type AccountId,
  callEndpoint,
  equalBytes,
  type Seconds,
  toHex,
  WardError,
} from '@ward/protocol';
import { promptTransport, READ_SILENCE_MS_MAX } from '@ward/protocol/prompt-transport';
import type { Connection } from '../connection/connection.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { viewOwnChart } from './publish-header.ts';

/** A custodian of a chart, as it was found just now. */
export interface FoundCustodian {
  readonly organisation: AccountId;
  /** Since when it was found away, by this wallet; null for one that answers. */
  readonly awaySince: Seconds | null;
  /** Who has its shares, or gets them, as it said on the ledger itself. */
  readonly successor: AccountId | null;
  /** Another should take its place: it has been away for long, or has left. */
  readonly shouldReplace: boolean;
  /** Who could: its successor, else one of the network; null where nobody is left. */
  readonly by: AccountId | null;
}

/** An outage of a day is mended by waiting; one that is longer may be none. */
export const CUSTODIAN_AWAY_SECONDS_MAX = 86_400;

/**
 * Asks the custodians of a chart whether they are there, and remembers since when one is not. Who
 * has been away for more than a day, or has named a successor, should be replaced while enough
 * others are there: see `replaceCustodians`.
 *
 * @throws WardError what vaults and nodes refuse.
 */
export async function checkCustodians(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<FoundCustodian[]> {
  const { current } = await viewOwnChart(kept, connection);
  const organisations = custodiansOf(current.header);
  const found: FoundCustodian[] = [];
  const answers = await Promise.all(organisations.map((id) => isThere(id, connection)));
  for (const [i, organisation] of organisations.entries()) {
    const awaySince = await remember(wallet, { organisation, isThere: answers[i]! }, connection);
    const { successor } = await connection.organisation(organisation);
    const isLong = awaySince !== null && connection.now() - awaySince >= CUSTODIAN_AWAY_SECONDS_MAX;
    const shouldReplace = isLong || successor !== null;
    const listed = [...organisations, ...found.flatMap(({ by }) => by ?? [])];
    const by = shouldReplace ? await candidate(successor, listed, connection) : null;
    found.push({ organisation, awaySince, successor, shouldReplace, by });
  }
  return found;
}

/** Of all release keys, each once: those that units stand under, and the current one. */
function custodiansOf({ releases }: ChartHeader): AccountId[] {
  const all = releases.flatMap(({ custodians }) => custodians);
  const byName = new Map(all.map(({ organisation }) => [toHex(organisation), organisation]));
  return [...byName.values()];
}

async function isThere(organisation: AccountId, connection: Connection): Promise<boolean> {
  try {
    const server = await connection.server(organisation, 'custodian');
    const custodian = promptTransport(server, READ_SILENCE_MS_MAX);
    const request = { params: {}, query: {}, body: null };
    const status = await callEndpoint(getCustodianStatus, request, custodian);
    return equalBytes(status.organisation, organisation);
  } catch (error) {
    if (!(error instanceof WardError)) throw error;
    return false;
  }
}

/** @returns Since when it is away; null when it is there. */
async function remember(
  wallet: Wallet,
  { organisation, isThere: isNow }: { organisation: AccountId; isThere: boolean },
  connection: Connection,
): Promise<Seconds | null> {
  const since = wallet.state.awayCustodians.get(toHex(organisation));
  if (isNow) {
    if (since !== undefined) await wallet.record({ kind: 'custodianBack', organisation });
    return null;
  }
  if (since === undefined) await wallet.record({ kind: 'custodianAway', organisation });
  return since ?? connection.now();
}

/** Who keeps no share of the chart yet and runs a custodian; the successor before all others. */
async function candidate(
  successor: AccountId | null,
  listed: readonly AccountId[],
  connection: Connection,
): Promise<AccountId | null> {
  const all = await connection.organisations();
  const fit = all.filter(
    ({ id, organisation: { status, custodian, endpoints } }) =>
      status === 'active' &&
      custodian !== null &&
      endpoints.custodian !== null &&
      !listed.some((each) => equalBytes(each, id)),
  );
  const named = fit.find(({ id }) => successor !== null && equalBytes(id, successor));
  return (named ?? fit[0])?.id ?? null;
}
