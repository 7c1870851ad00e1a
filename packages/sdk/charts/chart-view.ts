import {
  type Authority,
  chartId,
  currentKeys,
  isCurrent,
  parseHeader,
  type VerifiedHeader,
} from '@ward/charts';
import { type AccountId, type ChartId, type Height, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';

/** How one finds a chart: what a card or an envelope says of it. */
export interface ChartReference {
  readonly chart: ChartId;
  readonly vaults: readonly AccountId[];
}

/** A chart as it stands: its header is proved to be the newest. */
export interface ChartView extends ChartReference {
  readonly current: VerifiedHeader;
  /** Height at which that was proved. */
  readonly height: Height;
}

/** Reference from the first authority, which a card holds. */
export function chartReference(
  authority: Authority,
  vaults: readonly AccountId[],
  connection: Connection,
): ChartReference {
  return { chart: chartId(authority, connection.realm), vaults };
}

/**
 * The current header of a chart: among those that the vaults give, the one that the ledger proves
 * to be the newest.
 *
 * @throws WardError `HEADER_WITHHELD` where no vault gives it, and what the ledger's proofs throw.
 */
export async function viewChart(
  reference: ChartReference,
  connection: Connection,
): Promise<ChartView> {
  const { chart, vaults } = reference;
  const { realm } = connection;
  for (const bytes of await new Vaults(vaults, connection).headers(chart)) {
    const current = tryParse(bytes, chart, connection);
    if (current === undefined) continue;
    const state = await connection.prove(currentKeys(current, realm));
    if (isCurrent(current, state, realm)) {
      return { chart, vaults: current.header.vaults, current, height: state.height };
    }
  }
  throw refuse('HEADER_WITHHELD');
}

/** Whether the header of a view is still the newest. */
export async function isStillCurrent(view: ChartView, connection: Connection): Promise<boolean> {
  const state = await connection.prove(currentKeys(view.current, connection.realm));
  return isCurrent(view.current, state, connection.realm);
}

function tryParse(bytes: Uint8Array, chart: ChartId, { realm }: Connection) {
  try {
    return parseHeader(bytes, chart, realm);
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}
