import {
  type AccountKey,
  type Genesis,
  type NetworkFile,
  networkOf,
  type Parameters,
} from '@ward/ledger/schema';
import { type Crypto, compareBytes, type Seconds } from '@ward/protocol';
import type { Application } from './application.ts';

/** A founding member: what it applies with, and the service keys of its servers. */
export interface Founder {
  readonly application: Application;
  /** Keys beside that of its key service. */
  readonly serviceKeys: readonly Uint8Array[];
}

export interface FoundNetworkOptions {
  readonly chain: string;
  readonly time: Seconds;
  /** One of them is a registrar. */
  readonly founders: readonly Founder[];
  /** Ed25519 keys that sign blocks, all with the same power. */
  readonly validators: readonly Uint8Array[];
  readonly parameters: Parameters;
  /** Origins of nodes. */
  readonly nodes: readonly string[];
  readonly trustingPeriodSeconds: number;
}

/**
 * The genesis of a new network, and the network file that its clients start with. Everything in it
 * is public.
 */
export function foundNetwork(options: FoundNetworkOptions, crypto: Crypto): NetworkFile {
  const { chain, time, founders, validators, parameters, nodes, trustingPeriodSeconds } = options;
  const genesis: Genesis = {
    ...{ chain, time, network: null, predecessor: null, governance: null, parameters },
    validators: validators.map((publicKey) => ({ publicKey, power: 1 })),
    members: founders
      .map((founder) => memberOf(founder, time))
      .sort((a, b) => compareBytes(a.id, b.id)),
  };
  const network = networkOf(genesis, crypto);
  return { network, genesis, checkpoint: null, nodes, trustingPeriodSeconds };
}

function memberOf(
  { application, serviceKeys }: Founder,
  from: Seconds,
): Genesis['members'][number] {
  const { account: id, servicePublicKey, officerPublicKey, roles, ...profile } = application;
  const key = (kind: AccountKey['kind'], publicKey: Uint8Array): AccountKey => ({
    ...{ kind, publicKey, from, until: null, passkey: null },
  });
  return {
    id,
    account: {
      organisation: id,
      keys: [
        key('service', servicePublicKey),
        ...serviceKeys.map((publicKey) => key('service', publicKey)),
        key('officer', officerPublicKey),
      ],
    },
    organisation: {
      ...profile,
      roles: [...roles].sort(),
      status: 'active',
      successor: null,
    },
  };
}
