import { handOverShares, handShareOn, type KeptShare } from '@ward/charts';
import { Organisation, organisationKey } from '@ward/ledger/schema';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  hasCode,
  type Realm,
  type SignCall,
  type Transport,
  WardError,
} from '@ward/protocol';
import type { Prover } from '@ward/server';
import { refuse } from '../errors.ts';
import type { ShareStore, StoredShare } from './share-store.ts';

export interface HandOverOptions {
  /** The organisation that leaves. */
  readonly organisation: AccountId;
  readonly shares: ShareStore;
  readonly ledger: Prover;
  readonly connect: (origin: string) => Transport;
  /** Signs for the server of an organisation. */
  readonly signFor: (audience: AccountId) => SignCall;
  readonly realm: Realm;
}

export interface HandOverProgress {
  readonly handedOn: number;
  readonly total: number;
}

/** What came of it. */
export interface HandedOver {
  readonly handedOn: number;
  /** Shares that the successor does not take, each with why; they stay here. */
  readonly refused: readonly { readonly chart: ChartId; readonly code: string }[];
}

const BATCH = 500;
/** Refusals on account of one chart: the others of its batch are not concerned. */
const OF_ONE_CHART = ['CHART_CLOSED', 'SHARE_CONFLICT'];

/**
 * Hands all shares on to the successor that the ledger names, and deletes each here once the
 * successor has it. It may be broken off and run again. Shares of erased charts stay here until
 * their time has come: the successor was never told to forget them.
 *
 * @throws WardError `SUCCESSOR_UNNAMED`, and what the successor refuses on account of all.
 */
export async function handOver(
  options: HandOverOptions,
  onProgress?: (progress: HandOverProgress) => void,
): Promise<HandedOver> {
  const { shares } = options;
  const send = await findSuccessor(options);
  const total = shares.count;
  const refused: { chart: ChartId; code: string }[] = [];
  let handedOn = 0;
  /** Of a batch that is refused because of one chart, the halves are tried. */
  const handOn = async (batch: readonly StoredShare[]): Promise<void> => {
    try {
      await send(batch);
    } catch (error) {
      const isOfOne = OF_ONE_CHART.some((code) => hasCode(error, code));
      if (!(error instanceof WardError) || !isOfOne) throw error;
      const half = Math.floor(batch.length / 2);
      if (half === 0) refused.push({ chart: batch[0]!.chart, code: error.code });
      else for (const part of [batch.slice(0, half), batch.slice(half)]) await handOn(part);
      return;
    }
    await shares.forget(batch);
    handedOn += batch.length;
    onProgress?.({ handedOn, total });
  };
  for (let page = await shares.page(BATCH); page.length > 0; ) {
    await handOn(page);
    page = await shares.page(BATCH, page.at(-1));
  }
  return { handedOn, refused };
}

/** The way to the successor, for some shares at a time. */
async function findSuccessor({
  organisation,
  ledger,
  connect,
  signFor,
  realm,
}: HandOverOptions): Promise<(batch: readonly KeptShare[]) => Promise<void>> {
  const own = await readOrganisation(organisation, ledger);
  const successor = own?.successor ?? null;
  if (successor === null) throw refuse('SUCCESSOR_UNNAMED');
  const next = await readOrganisation(successor, ledger);
  const origin = next?.endpoints.custodian ?? null;
  if (next?.custodian == null || origin === null) throw refuse('SUCCESSOR_UNNAMED');
  const to = { custodian: successor, key: realm.crypto.kem.sealingKey(next.custodian.sealingKey) };
  const transport = connect(origin);
  return async (batch) => {
    const handed = await Promise.all(batch.map((share) => handShareOn(share, to, realm)));
    const request = { params: {}, query: {}, body: { shares: handed }, sign: signFor(successor) };
    await callEndpoint(handOverShares, request, transport);
  };
}

async function readOrganisation(id: AccountId, ledger: Prover): Promise<Organisation | null> {
  const key = organisationKey(id);
  return (await ledger.prove([key])).record(Organisation, key);
}
