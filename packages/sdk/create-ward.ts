import type { KnownWitnesses, NetworkFile, OnCrossed, OnFork } from '@ward/ledger/schema';
import type {
  Clock,
  Crypto,
  Random,
  SplitEvidence,
  TrustedBlock,
  TrustRoot,
  WardError,
} from '@ward/protocol';
import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import { type Connect, Connection } from './connection/connection.ts';
import type { EventStore } from './event-log.ts';
import { KeyService } from './key-service/key-service.ts';
import {
  type OrganisationActions,
  organisationActions,
} from './key-service/organisation-actions.ts';
import { type LedgerActions, ledgerActions } from './ledger/ledger-actions.ts';
import { type NetworkReads, networkReads } from './network/network-actions.ts';
import type { SealUnits } from './records/seal-units.ts';
import { type PersonActions, personActions } from './wallet/person-actions.ts';
import { Wallet } from './wallet/wallet.ts';

export interface WardOptions {
  /** All that a client needs to start: see `NetworkFile`. */
  readonly networkFile: NetworkFile;
  /** The way to a server by its origin; `httpTransport` in the product. */
  readonly transport: Connect;
  /** Block that was believed last time: no older ledger can be shown then. */
  readonly trusted?: TrustedBlock;
  /** A server gave an answer that does not verify. */
  readonly onLie?: (server: string, error: WardError) => void;
  /** Where trust begins, from an invitation or a QR code, instead of the network file's block. */
  readonly root?: TrustRoot;
  /** The ledger was forked: nothing of it is believed any more, and the evidence is for others. */
  readonly onFork?: OnFork;
  /**
   * Parties that have to confirm what the nodes show, k of n: those of the network file when left
   * out, nobody when null.
   */
  readonly witnesses?: KnownWitnesses | null;
  /** A witness was shown another ledger: nothing of it is believed any more. */
  readonly onSplit?: (evidence: SplitEvidence) => void;
  /** Why the ledger is not to be believed, found before: nothing of it is read then. */
  readonly alarm?: WardError;
  /** The ledger was promoted, and this client has gone over: told once, with what to keep. */
  readonly onCrossed?: OnCrossed;
  /** See `Connection`; zero in sandbox and tests. */
  readonly carrierDelayMsMax?: number;
  /** See `Connection`. */
  readonly vaultGraceMs?: number;
  /** How units are sealed: in this thread when left out. */
  readonly sealUnits?: SealUnits;
  readonly crypto?: Crypto;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What every client has. */
export interface Ward {
  readonly connection: Connection;
  readonly ledger: LedgerActions;
  /** How the network is governed. */
  readonly network: NetworkReads;
  /** Members of the network, each proved. */
  readonly directory: {
    list(): ReturnType<Connection['organisations']>;
    show(id: Uint8Array): ReturnType<Connection['organisation']>;
  };
}
export type PersonWard = Ward & PersonActions & { readonly keys: Wallet };
export type OrganisationWard = Ward & OrganisationActions & { readonly keys: KeyService };

type Keys = {
  readonly wallet?: EventStore;
  readonly keyService?: EventStore;
  readonly name?: string;
};

/**
 * Opens a client: for a person by a wallet, for an organisation by a key service, for anyone else
 * to read the ledger.
 *
 * @param options `wallet` or `keyService`: where its events stand; an empty store is a new one.
 * @example
 * const ward = await createWard({ networkFile, transport: httpTransport, wallet: store });
 * const chart = await ward.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
 */
export async function createWard(
  options: WardOptions & { readonly wallet: EventStore; readonly name?: string },
): Promise<PersonWard>;
export async function createWard(
  options: WardOptions & { readonly keyService: EventStore; readonly name?: string },
): Promise<OrganisationWard>;
export async function createWard(options: WardOptions): Promise<Ward>;
export async function createWard(
  options: WardOptions & Keys,
): Promise<Ward | PersonWard | OrganisationWard> {
  const { networkFile, transport, wallet, keyService, name } = options;
  const crypto = options.crypto ?? (await loadCrypto());
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const connection = new Connection({ ...options, connect: transport, crypto, clock, random });
  const ward: Ward = {
    connection,
    ledger: ledgerActions(connection),
    network: networkReads(connection),
    directory: {
      list: () => connection.organisations(),
      show: (id) => connection.organisation(id),
    },
  };
  const ports = { random, clock, realm: { network: networkFile.network, crypto } };
  if (wallet !== undefined) {
    const keys = await Wallet.open({ store: wallet, ...ports }, name);
    return { ...ward, keys, ...personActions(keys, connection) };
  }
  if (keyService !== undefined) {
    const keys = await KeyService.open({ store: keyService, ...ports }, name);
    return { ...ward, keys, ...organisationActions(keys, connection) };
  }
  return ward;
}
