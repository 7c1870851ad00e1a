import { handOverShares, handShareOn, type KeptShare } from '@ward/charts';
import { Organisation, organisationKey } from '@ward/ledger/schema';
import {
  type AccountId,
  callEndpoint,
  type Realm,
  type SignCall,
  type Transport,
} from '@ward/protocol';
import type { Prover } from '@ward/server';
import { refuse } from '../errors.ts';
import type { ShareStore } from './share-store.ts';

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

const BATCH = 500;

/**
 * Hands all shares on to the successor that the ledger names, and deletes each here once the
 * successor has it. It may be broken off and run again. Shares of erased charts stay here until
 * their time has come: the successor was never told to forget them.
 *
 * @throws WardError `SUCCESSOR_UNNAMED`, and what the successor refuses.
 */
export async function handOver(
  { organisation, shares, ledger, connect, signFor, realm }: HandOverOptions,
  onProgress?: (progress: HandOverProgress) => void,
): Promise<number> {
  const own = await readOrganisation(organisation, ledger);
  const successor = own?.successor ?? null;
  if (successor === null) throw refuse('SUCCESSOR_UNNAMED');
  const next = await readOrganisation(successor, ledger);
  const origin = next?.endpoints.custodian ?? null;
  if (next?.custodian == null || origin === null) throw refuse('SUCCESSOR_UNNAMED');
  const key = realm.crypto.kem.sealingKey(next.custodian.sealingKey);
  const transport = connect(origin);
  const total = shares.count;
  let handedOn = 0;
  for (;;) {
    const page: KeptShare[] = await shares.page(BATCH);
    if (page.length === 0) return handedOn;
    const to = { custodian: successor, key };
    const handed = await Promise.all(page.map((share) => handShareOn(share, to, realm)));
    const sign = signFor(successor);
    const request = { params: {}, query: {}, body: { shares: handed }, sign };
    await callEndpoint(handOverShares, request, transport);
    await shares.forget(page);
    handedOn += page.length;
    onProgress?.({ handedOn, total });
  }
}

async function readOrganisation(id: AccountId, ledger: Prover): Promise<Organisation | null> {
  const key = organisationKey(id);
  return (await ledger.prove([key])).record(Organisation, key);
}
