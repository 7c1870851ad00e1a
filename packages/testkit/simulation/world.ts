import { type Crypto, equalBytes, type Transport, WardError } from '@ward/protocol';
import {
  type EventStore,
  memoryEventStore,
  type OrganisationWard,
  type PersonWard,
  type UnitSummary,
} from '@ward/sdk';
import { ClientNetwork, type StagedName } from '../client-network.ts';
import { openAsStaff, sampleText } from '../hostile/chart-scene.ts';
import { type SeededRandom, seededRandom } from '../seeded-random.ts';
import { NaiveChart, type NaiveGrant, type NaiveUnit } from './naive-chart.ts';
import { Replicas } from './replicas.ts';

export const WRITERS: readonly StagedName[] = ['hospital-a', 'laboratory'];
export const GRANTEES: readonly StagedName[] = ['hospital-b', 'payer'];
export const CUSTODIANS: readonly StagedName[] = [
  ...(['laboratory', 'pharmacy', 'payer', 'registrar', 'association'] as const),
];
const THRESHOLD = 3;
/** Calls after which a client that is to crash does so, at most. */
const CRASH_CALLS_MAX = 12;
const ENDLESS = 1_000_000_000;

/** A person with one chart, and the naive model of it. */
export interface Person {
  readonly wallet: EventStore;
  readonly model: NaiveChart;
  readonly chart: Uint8Array;
}

/** A whole network with people, and beside it what is true in plain words. */
export class World {
  readonly network: ClientNetwork;
  readonly random: SeededRandom;
  readonly replicas: Replicas;
  readonly persons: Person[] = [];
  /** Custodians that do not answer now. */
  readonly down = new Set<StagedName>();
  #texts = 0;

  private constructor(network: ClientNetwork, random: SeededRandom, replicas: Replicas) {
    this.network = network;
    this.random = random;
    this.replicas = replicas;
  }

  /** Everything that happens in it comes from the seed. */
  static async make(seed: number, crypto: Crypto): Promise<World> {
    const network = await ClientNetwork.start(crypto, seed, {
      serverLimits: { sourceBurst: ENDLESS, sourcePerSecond: ENDLESS },
      vaultLimits: { noticesDayMax: ENDLESS, lettersBurst: ENDLESS, lettersHourMax: ENDLESS },
      custodianLimits: { refusalsToldMax: ENDLESS },
    });
    const random = seededRandom(seed ^ 0x5eed);
    const { genesis } = network.networkFile;
    const world = new World(network, random, new Replicas(genesis, random, crypto));
    await world.addPerson();
    return world;
  }

  get now(): number {
    return Math.floor(this.network.clock.nowMs() / 1000);
  }

  get canOpen(): boolean {
    return CUSTODIANS.length - this.down.size >= THRESHOLD;
  }

  /** Executes what the node has executed, on four machines. */
  compare(): void {
    const { queries, engine } = this.network.node;
    const newest = engine.newest!.header.height;
    this.replicas.follow(newest, {
      block: (height) => queries.block(height),
      light: (height) => queries.lightBlock(height),
    });
  }

  async addPerson(): Promise<Person> {
    const { network } = this;
    const wallet = memoryEventStore();
    const owner = await network.person(wallet);
    const vaults = [network.id('hospital-a')];
    const { custodians } = network;
    const kind = 'general' as const;
    const chart = await owner.charts.create({ kind, vaults, custodians, threshold: THRESHOLD });
    const person = { wallet, model: new NaiveChart(), chart };
    this.persons.push(person);
    return person;
  }

  owner({ wallet }: Person, transport?: (origin: string) => Transport): Promise<PersonWard> {
    return this.network.person(wallet, transport === undefined ? {} : { transport });
  }

  newText(): string {
    return `record ${++this.#texts} (synthetic)`;
  }

  unitOf(text: string) {
    const caption = { kind: 'encounter' as const, month: 24_000 };
    return { caption, records: [sampleText(this.network, text)] };
  }

  /**
   * Does something with a client that may lose its connection, for good, in the middle; then again
   * with a new one on what the first kept: after that it must be done, once.
   */
  async retried<T>(work: (transport: (origin: string) => Transport) => Promise<T>): Promise<T> {
    if (this.random.below(3) === 0) {
      const crashing = crashAfter(this.random.below(CRASH_CALLS_MAX), (o) =>
        this.network.transport(o),
      );
      try {
        return await work(crashing);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
      }
    }
    return work((origin) => this.network.transport(origin));
  }

  /** Opens one unit as a grantee; `undefined` where it was refused with a code. */
  async open(
    grantee: OrganisationWard,
    { leaf, unit }: { leaf: Uint8Array; unit: UnitSummary },
  ): Promise<string | undefined> {
    try {
      const opening = await openAsStaff(grantee, { leaf, units: [unit] });
      return Buffer.from(opening.units[0]!.records[0]!.bytes).toString();
    } catch (error) {
      if (error instanceof WardError) return undefined;
      throw error;
    }
  }
}

/** A way to servers that is cut after so many calls: the answer to the last one never comes. */
function crashAfter(
  calls: number,
  connect: (origin: string) => Transport,
): (origin: string) => Transport {
  let left = calls;
  return (origin) => {
    const honest = connect(origin);
    const send: Transport['send'] = async (request, options) => {
      if (left <= 0) throw new Error('the connection is gone');
      left--;
      const answer = await honest.send(request, options);
      if (left === 0) throw new Error('the connection is gone');
      return answer;
    };
    return { name: honest.name, send };
  };
}

/** Finds what the model means among what a client sees. */
export async function unitNamed(
  world: World,
  person: Person,
  { text }: NaiveUnit,
): Promise<UnitSummary> {
  const { crypto } = world.network;
  const owner = await world.owner(person);
  const inputs = crypto.sha256(Buffer.from(text));
  for (const unit of await owner.records.list('general')) {
    if (unit.isErased || unit.parsed === undefined) continue;
    const [record] = await owner.records.open('general', unit);
    if (record !== undefined && equalBytes(record.metadata.inputDigest, inputs)) return unit;
  }
  throw new Error(`a unit is not found: ${text}`);
}

export function expectThat(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

export function grantOf(model: NaiveChart, random: SeededRandom): NaiveGrant | undefined {
  return model.grants.length === 0 ? undefined : random.pick(model.grants);
}
