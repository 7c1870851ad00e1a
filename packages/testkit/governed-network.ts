import { DECIDE_DIGEST, DECIDE_VERSION } from '@ward/charts';
import { BlockArchive, EngineQueries } from '@ward/engine';
import { MemoryStorage, StateMachine } from '@ward/ledger';
import type { NetworkFile, Role } from '@ward/ledger/schema';
import {
  type Crypto,
  type Ed25519KeyPair,
  equalBytes,
  parseHex,
  type Transport,
  toHex,
  validatorAddress,
} from '@ward/protocol';
import {
  type Application,
  applicationOf,
  createWard,
  type EventStore,
  type FoundingGovernance,
  foundNetwork,
  KeyService,
  memoryEventStore,
  type OrganisationWard,
  type Ward,
  type WardOptions,
} from '@ward/sdk';
import { GovernedEngine } from './governed-engine.ts';
import type { TestValidator } from './light-blocks.ts';
import { memoryTransport } from './memory-doors.ts';
import { nodeDoors } from './memory-node.ts';
import { seededRandom } from './seeded-random.ts';

const ORIGIN = 'memory://node';
const START_SECONDS = 1_800_000_000;
const YEAR_SECONDS = 365 * 24 * 3600;

export interface GovernedNetworkOptions {
  /** Members by their name, with what they are. */
  readonly members: { readonly [name: string]: readonly Role[] };
  /** Names of those that make blocks from the first one on. */
  readonly validators: readonly string[];
  readonly rules?: FoundingGovernance['rules'];
  /** Minor units of stake. */
  readonly stakes?: { readonly [name: string]: { readonly free: number; readonly bonded: number } };
  readonly seed?: number;
}

/** An organisation of a {@link GovernedNetwork}, member or not. */
export interface GovernedMember {
  readonly store: EventStore;
  readonly service: KeyService;
  /** With which it makes blocks, once it may. */
  readonly validatorKey: Ed25519KeyPair;
}

/**
 * A network in this process that its members govern: their key services, and one node with an
 * engine that signs for every validator. All of it is real, on memory.
 */
export class GovernedNetwork {
  readonly crypto: Crypto;
  readonly clock: { nowMillis: number; nowMs(): number };
  readonly random: ReturnType<typeof seededRandom>;
  readonly organisations = new Map<string, GovernedMember>();
  readonly #validators: TestValidator[] = [];
  #engine!: GovernedEngine;
  #queries!: EngineQueries;
  #node!: Transport;
  networkFile!: NetworkFile;

  private constructor(crypto: Crypto, seed: number) {
    this.crypto = crypto;
    this.random = seededRandom(seed);
    const clock = { nowMillis: START_SECONDS * 1000, nowMs: () => clock.nowMillis };
    this.clock = clock;
  }

  static async start(crypto: Crypto, options: GovernedNetworkOptions): Promise<GovernedNetwork> {
    const network = new GovernedNetwork(crypto, options.seed ?? 1);
    for (const name of Object.keys(options.members)) await network.makeOrganisation(name);
    await network.#start(options);
    return network;
  }

  /** Keys of a further organisation; nobody has admitted it. */
  async makeOrganisation(name: string): Promise<GovernedMember> {
    const { crypto, clock, random } = this;
    const store = memoryEventStore();
    const realm = { network: new Uint8Array(32), crypto };
    const service = await KeyService.open({ store, clock, random, realm }, name);
    const validatorKey = crypto.ed25519.keyPair(random.bytes(32));
    const made = { store, service, validatorKey };
    this.organisations.set(name, made);
    this.addValidatorKey(validatorKey);
    return made;
  }

  /** A key with which blocks are signed once it is that of a validator. */
  addValidatorKey(keyPair: Ed25519KeyPair): void {
    this.#validators.push({ publicKey: keyPair.publicKey, power: 1, keyPair });
  }

  async #start({ members, validators, rules, stakes = {} }: GovernedNetworkOptions): Promise<void> {
    const { crypto, clock } = this;
    const organisation = (name: string) => this.id(name);
    const networkFile = foundNetwork(
      {
        ...{ chain: 'ward-governed-1', time: START_SECONDS, nodes: [ORIGIN] },
        trustingPeriodSeconds: YEAR_SECONDS,
        parameters: { decideVersion: DECIDE_VERSION, decideDigest: DECIDE_DIGEST },
        founders: Object.entries(members).map(([name, roles]) => ({
          application: this.application(name, roles),
          serviceKeys: [],
        })),
        governance: {
          ...(rules && { rules }),
          validators: validators.map((name) => ({
            organisation: organisation(name),
            publicKey: this.organisations.get(name)!.validatorKey.publicKey,
          })),
          stakes: Object.entries(stakes).map(([name, stake]) => ({
            organisation: organisation(name),
            ...stake,
          })),
        },
      },
      crypto,
    );
    const { genesis } = networkFile;
    const storage = new MemoryStorage();
    const machine = StateMachine.open({ storage, crypto, genesis, checksInvariants: true });
    const archive = new BlockArchive(machine, crypto);
    const first = genesis.validators.map(({ publicKey, power }) => {
      const known = this.#validators.find((each) => equalBytes(each.publicKey, publicKey))!;
      return { ...known, power };
    });
    const running = { machine, archive, chain: genesis.chain, clock, crypto };
    const engine = new GovernedEngine({ ...running, validators: this.#validators }, first);
    await engine.start();
    const node = { organisation: genesis.members[0]!.id, software: 'ward/test' };
    this.#queries = new EngineQueries({ engine, machine, archive, genesis, ...node, crypto });
    this.#node = memoryTransport(ORIGIN, nodeDoors(this.#queries, { genesis, clock, crypto }));
    this.#engine = engine;
    this.networkFile = networkFile;
    engine.makeBlock();
  }

  /** What an organisation applies with. */
  application(name: string, roles: readonly Role[]): Application {
    const endpoints = { node: null, vault: null, custodian: null, inbox: null };
    const { service } = this.organisations.get(name)!;
    return applicationOf(service, { roles, endpoints, custodian: null });
  }

  id(name: string): Uint8Array {
    return this.organisations.get(name)!.service.account;
  }

  get engine(): GovernedEngine {
    return this.#engine;
  }

  /** The way to an origin: there is one node, and no other server. */
  transport(origin: string): Transport {
    const silent = () => Promise.reject(new Error('nobody listens there'));
    return origin === ORIGIN ? this.#node : { name: origin, send: silent };
  }

  #options(): WardOptions {
    const { networkFile, crypto, clock, random } = this;
    const transport = (origin: string) => this.transport(origin);
    return { networkFile, transport, crypto, clock, random, carrierDelayMsMax: 0 };
  }

  /** The client of an organisation. */
  ward(name: string): Promise<OrganisationWard> {
    return createWard({ ...this.#options(), keyService: this.organisations.get(name)!.store });
  }

  /** A client without keys. */
  reader(): Promise<Ward> {
    return createWard(this.#options());
  }

  /** Has a validator miss blocks, or sign them again. @param publicKey In hexadecimal. */
  setAway(publicKey: string, isAway: boolean): void {
    const address = toHex(validatorAddress(parseHex(publicKey), this.crypto));
    if (isAway) this.#engine.away.add(address);
    else this.#engine.away.delete(address);
  }

  /** Lets time pass, with blocks at its end. */
  pass(seconds: number): void {
    this.clock.nowMillis += seconds * 1000;
    this.#engine.makeBlock();
    this.#engine.makeBlock();
  }

  close(): void {
    this.#queries.close();
  }
}
