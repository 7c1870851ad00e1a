import {
  type Authority,
  chartId,
  currentKeys,
  isCurrent,
  parseHeader,
  type VerifiedHeader,
} from '@ward/charts';
import { type AccountId, type ChartId, type Height, toHex, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { type HeaderQuestion, Vaults } from '../connection/vaults.ts';
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

/** A header may be published while it is asked for: then what came is not the newest any more. */
const LOOKS_MAX = 3;

/**
 * The current header of a chart: among those that the vaults give, the one that the ledger proves
 * to be the newest.
 *
 * @throws WardError `HEADER_WITHHELD` where no vault gives it, `SERVER_UNREACHABLE`, and what the
 * ledger's proofs throw.
 */
export async function viewChart(
  reference: ChartReference,
  connection: Connection,
): Promise<ChartView> {
  const { chart } = reference;
  const { realm } = connection;
  let seen = '';
  for (let look = 0; look < LOOKS_MAX; look++) {
    // The second time the slowest is waited for: it may be the one that has the newest.
    const headers = await fetchHeaders(reference, connection, { isPatient: look > 0 });
    const names = headers.map(({ digest }) => toHex(digest)).join();
    if (names === seen) break;
    seen = names;
    for (const current of headers) {
      const state = await connection.prove(currentKeys(current, realm));
      if (isCurrent(current, state, realm)) {
        const { vaults } = current.header;
        return { chart, vaults, current, height: state.height };
      }
    }
  }
  throw refuse('HEADER_WITHHELD');
}

/**
 * Headers of a chart as the vaults give them: signed by a key of the chart, not proved to be
 * current. Those of later authorities and versions come first.
 */
export async function fetchHeaders(
  { chart, vaults }: ChartReference,
  connection: Connection,
  question: HeaderQuestion = {},
): Promise<VerifiedHeader[]> {
  const given = await new Vaults(vaults, connection).headers(chart, question);
  const parsed = given.flatMap((bytes) => tryParse(bytes, chart, connection) ?? []);
  const unique = new Map(parsed.map((each) => [toHex(each.digest), each]));
  const rank = ({ header }: VerifiedHeader) => header.predecessors.length;
  return [...unique.values()].sort(
    (a, b) => rank(b) - rank(a) || b.header.version - a.header.version,
  );
}

function tryParse(bytes: Uint8Array, chart: ChartId, { realm }: Connection) {
  try {
    return parseHeader(bytes, chart, realm);
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}
