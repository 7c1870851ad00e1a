import { DECIDE_VERSION } from '@ward/charts';
import { type Custodian, type CustodianLimits, createCustodian } from '@ward/custodian';
import type { Genesis, NetworkFile, Organisation, Role } from '@ward/ledger/schema';
import { type Clock, type Crypto, compareBytes, type Random, type Transport } from '@ward/protocol';
import {
  createWard,
  type EventStore,
  KeyService,
  memoryEventStore,
  type OrganisationWard,
  type PersonWard,
  type Ward,
  type WardOptions,
} from '@ward/sdk';
import type { Log, Metrics, ServerLimits } from '@ward/server';
import { createVault, type Vault, type VaultLimits } from '@ward/vault';
import { type MemoryNode, startMemoryNode } from './memory-node.ts';
import { seededRandom } from './seeded-random.ts';

/** An organisation of a {@link ClientNetwork}: its key service, and the servers that it runs. */
export interface StagedOrganisation {
  readonly name: string;
  readonly store: EventStore;
  readonly service: KeyService;
  readonly custodianSeed: Uint8Array;
  readonly receiptSeed: Uint8Array;
  vault: Vault | undefined;
  custodian: Custodian | undefined;
}

const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar', 'association'] as const;
const VAULT_OWNERS = ['hospital-a', 'association'] as const;
const NAMES = ['hospital-a', 'hospital-b', ...CUSTODIANS] as const;
export type StagedName = (typeof NAMES)[number];

const ROLES: { readonly [N in StagedName]: Role } = {
  'hospital-a': 'provider',
  'hospital-b': 'provider',
  laboratory: 'laboratory',
  pharmacy: 'pharmacy',
  payer: 'payer',
  registrar: 'registrar',
  association: 'association',
};

export interface ClientNetworkOptions {
  /** A vault of the association's beside that of hospital A. */
  readonly hasSecondVault?: boolean;
  /** Limits of the servers, for tests that ask more than anybody would. */
  readonly serverLimits?: Partial<ServerLimits>;
  readonly vaultLimits?: Partial<VaultLimits>;
  readonly custodianLimits?: Partial<CustodianLimits>;
  /** What the servers of an organisation write and count; nobody reads it when left out. */
  readonly telemetryOf?: (name: string) => { readonly log: Log; readonly metrics: Metrics };
}

const FIRST_VAULT = 'memory://vault';
const SECOND_VAULT = 'memory://second-vault';
const START_SECONDS = 1_800_000_000;
const VALIDATOR_SEED = new Uint8Array(32).fill(9);

/**
 * The seven organisations of the sandbox in this process: node, vault, five custodians and the key
 * services, all real, on memory; and as many persons as a test wants.
 */
export class ClientNetwork {
  readonly crypto: Crypto;
  readonly clock: Clock & { nowMillis: number };
  readonly random: Random;
  readonly organisations: ReadonlyMap<StagedName, StagedOrganisation>;
  readonly node: MemoryNode;
  /** Replaces or hides a server: what stands here answers instead. */
  readonly overrides = new Map<string, Transport>();
  readonly #servers = new Map<string, Transport>();
  readonly #options: ClientNetworkOptions;

  private constructor(parts: Parts, node: MemoryNode, options: ClientNetworkOptions) {
    this.#options = options;
    this.crypto = parts.crypto;
    this.clock = parts.clock;
    this.random = parts.random;
    this.organisations = parts.organisations;
    this.node = node;
    this.#servers.set(node.transport.name, node.transport);
  }

  /** @param seed Of all randomness of the clients; same seed, same network. */
  static async start(
    crypto: Crypto,
    seed = 1,
    options: ClientNetworkOptions = {},
  ): Promise<ClientNetwork> {
    const clock = { nowMillis: START_SECONDS * 1000, nowMs: () => clock.nowMillis };
    const random = seededRandom(seed);
    const organisations = await makeOrganisations({ crypto, clock, random });
    const parts: Parts = { crypto, clock, random, organisations };
    const genesis = makeGenesis(parts, options);
    const hospital = organisations.get('hospital-a')!.service;
    const node = await startMemoryNode({
      genesis,
      validatorSeed: VALIDATOR_SEED,
      clock,
      crypto,
      carrier: { account: hospital.account, service: hospital.serviceKey },
    });
    await node.makeBlock();
    const network = new ClientNetwork(parts, node, options);
    await network.#startServers();
    return network;
  }

  async #startServers(): Promise<void> {
    const { hasSecondVault = false, vaultLimits = {}, custodianLimits = {} } = this.#options;
    for (const name of hasSecondVault ? VAULT_OWNERS : VAULT_OWNERS.slice(0, 1)) {
      const owner = this.organisations.get(name)!;
      const options = {
        ...{ home: null, ...this.#serverOptions(owner), limits: vaultLimits },
        ...this.#options.telemetryOf?.(`vault of ${name}`),
      };
      owner.vault = await createVault(options);
      this.#servers.set(vaultOf(name, this.#options)!, owner.vault.transport);
    }
    for (const name of CUSTODIANS) {
      const organisation = this.organisations.get(name)!;
      organisation.custodian = await createCustodian({
        ...{ home: null, limits: custodianLimits },
        ...this.#serverOptions(organisation),
        ...this.#options.telemetryOf?.(`custodian of ${name}`),
        sealingSeed: organisation.custodianSeed,
        receiptKey: this.crypto.ed25519.keyPair(organisation.receiptSeed),
      });
      this.#servers.set(`memory://${name}`, organisation.custodian.transport);
    }
  }

  #serverOptions({ service }: StagedOrganisation) {
    const { crypto, clock, random } = this;
    return {
      organisation: service.account,
      keyPair: service.serviceKey,
      networkFile: this.networkFile,
      connect: (origin: string) => this.transport(origin),
      serverLimits: this.#options.serverLimits ?? {},
      clock,
      random,
      crypto,
    };
  }

  get networkFile(): NetworkFile {
    return this.node.networkFile;
  }

  /** Organisations that run a vault. */
  get vaults(): Uint8Array[] {
    return VAULT_OWNERS.filter((name) => vaultOf(name, this.#options) !== null).map((name) =>
      this.id(name),
    );
  }

  get custodians(): Uint8Array[] {
    return CUSTODIANS.map((name) => this.id(name));
  }

  /** Account of an organisation. */
  id(name: StagedName): Uint8Array {
    return this.organisations.get(name)!.service.account;
  }

  /** The way to an origin, looked up at each call. */
  transport(origin: string): Transport {
    return {
      name: origin,
      send: async (request, options) => {
        const server = this.overrides.get(origin) ?? this.#servers.get(origin);
        if (server === undefined) throw new Error('nobody listens there');
        return server.send(request, options);
      },
    };
  }

  /** The server of an origin itself, whatever stands in its place. */
  server(origin: string): Transport {
    const server = this.#servers.get(origin);
    if (server === undefined) throw new Error('nobody listens there');
    return server;
  }

  /** The server of an origin itself, whatever answers in its place. */
  honest(origin: string): Transport {
    return this.#servers.get(origin)!;
  }

  /** Nobody answers at this origin any more. */
  silence(origin: string): void {
    const send = () => Promise.reject(new Error('silenced'));
    this.overrides.set(origin, { name: origin, send });
  }

  #wardOptions(options: Partial<WardOptions>): WardOptions {
    const { networkFile, crypto, clock, random } = this;
    const transport = (origin: string) => this.transport(origin);
    return { networkFile, transport, crypto, clock, random, carrierDelayMsMax: 0, ...options };
  }

  /** A person with a new wallet, or that of a store. */
  person(store = memoryEventStore(), options: Partial<WardOptions> = {}): Promise<PersonWard> {
    return createWard({ ...this.#wardOptions(options), wallet: store });
  }

  /** An organisation's client, over its key service. */
  organisation(name: StagedName, options: Partial<WardOptions> = {}): Promise<OrganisationWard> {
    return this.organisationOf(this.organisations.get(name)!.store, options);
  }

  /** The client of an organisation by the events of its key service. */
  organisationOf(
    keyService: EventStore,
    options: Partial<WardOptions> = {},
  ): Promise<OrganisationWard> {
    return createWard({ ...this.#wardOptions(options), keyService });
  }

  /** A client without keys, to read the ledger. */
  reader(options: Partial<WardOptions> = {}): Promise<Ward> {
    return createWard(this.#wardOptions(options));
  }

  /** Lets time pass, with a block at its end. */
  async pass(seconds: number): Promise<void> {
    this.clock.nowMillis += seconds * 1000;
    await this.node.makeBlock();
  }

  async close(): Promise<void> {
    for (const { vault, custodian } of this.organisations.values()) {
      await vault?.close();
      await custodian?.close();
    }
    await this.node.stop();
  }
}

interface Parts {
  readonly crypto: Crypto;
  readonly clock: Clock & { nowMillis: number };
  readonly random: Random;
  readonly organisations: ReadonlyMap<StagedName, StagedOrganisation>;
}

async function makeOrganisations(
  ports: Omit<Parts, 'organisations'>,
): Promise<Map<StagedName, StagedOrganisation>> {
  const organisations = new Map<StagedName, StagedOrganisation>();
  for (const name of NAMES) {
    const store = memoryEventStore();
    const realm = { network: new Uint8Array(32), crypto: ports.crypto };
    const service = await KeyService.open({ store, ...ports, realm }, name);
    organisations.set(name, {
      ...{ name, store, service, vault: undefined, custodian: undefined },
      custodianSeed: ports.random.bytes(32),
      receiptSeed: ports.random.bytes(32),
    });
  }
  return organisations;
}

function makeGenesis({ crypto, organisations }: Parts, options: ClientNetworkOptions): Genesis {
  const time = START_SECONDS;
  const members = [...organisations].map(([name, { service, ...rest }]) => {
    const ends = { from: time, until: null, passkey: null };
    const organisation = service.account;
    return {
      id: organisation,
      account: {
        organisation,
        keys: [
          { kind: 'service' as const, publicKey: service.serviceKey.publicKey, ...ends },
          { kind: 'officer' as const, publicKey: service.officerKey.publicKey, ...ends },
        ],
      },
      organisation: recordOf(name, { service, ...rest }, options, crypto),
    };
  });
  return {
    chain: 'ward-test-1',
    time,
    network: null,
    predecessor: null,
    governance: null,
    validators: [{ publicKey: crypto.ed25519.keyPair(VALIDATOR_SEED).publicKey, power: 1 }],
    parameters: { decideVersion: DECIDE_VERSION, decideDigest: new Uint8Array(32) },
    members: members.sort((a, b) => compareBytes(a.id, b.id)),
  };
}

/** Where the vault of an organisation is; null where it runs none. */
function vaultOf(name: StagedName, { hasSecondVault = false }: ClientNetworkOptions) {
  if (name === 'hospital-a') return FIRST_VAULT;
  return name === 'association' && hasSecondVault ? SECOND_VAULT : null;
}

function recordOf(
  name: StagedName,
  { service, custodianSeed, receiptSeed }: StagedOrganisation,
  options: ClientNetworkOptions,
  crypto: Crypto,
): Organisation {
  const isCustodian = (CUSTODIANS as readonly string[]).includes(name);
  return {
    name,
    roles: [ROLES[name]],
    status: 'active',
    endpoints: {
      node: name === 'hospital-a' ? 'memory://node' : null,
      vault: vaultOf(name, options),
      custodian: isCustodian ? `memory://${name}` : null,
      inbox: FIRST_VAULT,
    },
    sealingKey: service.sealingKey.sealingKey.bytes,
    custodian: isCustodian
      ? {
          sealingKey: crypto.kem.openingKey(custodianSeed).sealingKey.bytes,
          publicKey: crypto.ed25519.keyPair(receiptSeed).publicKey,
        }
      : null,
    successor: null,
  };
}
