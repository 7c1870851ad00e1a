import type { OrganisationWard } from '@ward/sdk';
import type { OrganisationSession } from '../frame/session.ts';

/** A service key of a new server, known to the ledger as one of its organisation. */
export interface NewServiceKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Makes a service key for a server and adds it to the organisation's account. */
export async function addServiceKey(
  ward: OrganisationWard,
  { random, crypto }: OrganisationSession['platform'],
): Promise<NewServiceKey> {
  const seed = random.bytes(32);
  const { publicKey } = crypto.ed25519.keyPair(seed);
  await ward.network.addServiceKey(publicKey);
  return { seed, publicKey };
}

/** The endpoints that the organisation has published, with one of them changed. */
export async function endpointsWith(
  change: {
    readonly node?: string | undefined;
    readonly vault?: string;
    readonly custodian?: string;
    readonly inbox?: string;
  },
  ward: OrganisationWard,
) {
  const { endpoints } = await ward.directory.show(ward.keys.account);
  const given = Object.entries(change).filter(([, origin]) => origin !== undefined);
  return { ...endpoints, ...Object.fromEntries(given) } as typeof endpoints;
}
