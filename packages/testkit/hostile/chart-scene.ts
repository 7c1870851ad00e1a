import { type RecordInput, signStaffRequest } from '@ward/charts';
import { encodeUtf8, type Transport } from '@ward/protocol';
import {
  type EventStore,
  memoryEventStore,
  type Opening,
  type OrganisationWard,
  type PersonWard,
  type UnitSummary,
  type UnitToAdd,
} from '@ward/sdk';
import type { ClientNetwork, StagedName } from '../client-network.ts';

export type Connect = (origin: string) => Transport;

const DAY = 24 * 3600;
const CREDENTIAL = 'Clinician 1 (synthetic)';
const FIRST_MONTH = 24_300;

/** A record with a text of a sample patient; synthetic. */
export function sampleText(network: ClientNetwork, text: string): RecordInput {
  const bytes = encodeUtf8(text);
  return {
    metadata: {
      mediaType: 'application/fhir+json',
      resourceType: 'Observation',
      name: 'synthetic',
      inputDigest: network.crypto.sha256(bytes),
      sizeBytes: bytes.length,
    },
    open: () => [bytes],
  };
}

/** Units of two small records each. */
export function sampleUnits(network: ClientNetwork, count: number, name: string): UnitToAdd[] {
  return Array.from({ length: count }, (_, i) => ({
    caption: { kind: 'encounter' as const, month: FIRST_MONTH + i },
    records: [
      sampleText(network, `${name} ${i} a`),
      sampleText(network, `${name} ${i} b`),
    ] as const,
  }));
}

/** Opens units as a member of an organisation's staff, who is enrolled first where needed. */
export async function openAsStaff(
  ward: OrganisationWard,
  chosen: { leaf: Uint8Array; units: readonly UnitSummary[]; purpose?: 'TREAT' | 'HRESCH' },
): Promise<Opening> {
  const { random, realm } = ward.connection;
  const staff = { name: 'Clinician 2 (synthetic)', role: 'physician' };
  const keyPair = realm.crypto.ed25519.keyPair(new Uint8Array(32).fill(0x51));
  const { publicKey } = keyPair;
  await ward.keys.enrolStaff({ ...staff, publicKey });
  const { leaf, units, purpose = 'TREAT' } = chosen;
  const parameters = { leaf, units, purpose, reason: 'consultation' } as const;
  const request = ward.access.request(parameters);
  const actor = signStaffRequest(request, { staff, keyPair }, random, realm);
  return ward.access.open({ ...parameters, actor, isAttempt: true });
}

/** A chart with years behind it, and everything that its readers and writers hold. */
export class ChartScene {
  readonly network: ClientNetwork;
  readonly wallet: EventStore;
  readonly vaults: readonly StagedName[];
  /** Leaf of hospital B's grant. */
  leaf: Uint8Array = new Uint8Array(32);
  #count = 0;

  private constructor(network: ClientNetwork, vaults: readonly StagedName[]) {
    this.network = network;
    this.wallet = memoryEventStore();
    this.vaults = vaults;
  }

  /**
   * Written by hospital A (small units and one of a large record) and by its owner, granted to
   * hospital B, opened once, refused once; then two new epochs with one more unit each.
   *
   * @param vaults Who keeps it.
   */
  static async make(
    network: ClientNetwork,
    vaults: readonly StagedName[] = ['hospital-a'],
  ): Promise<ChartScene> {
    const scene = new ChartScene(network, vaults);
    const owner = await scene.owner();
    await scene.createChart(owner);
    await owner.charts.sendCard('general', network.id('hospital-a'));
    const hospitalA = await network.organisation('hospital-a');
    await hospitalA.access.collect();
    await scene.write(hospitalA, [...sampleUnits(network, 2, 'visit'), scene.largeUnit()]);
    await owner.records.add('general', { units: sampleUnits(network, 1, 'own') });
    await scene.grant(owner);
    await scene.openOnceAndBeRefused();
    for (const name of ['later', 'latest']) {
      await owner.charts.rotate('general');
      await scene.write(hospitalA, sampleUnits(network, 1, name));
    }
    return scene;
  }

  /** The owner's client: its wallet goes on from one to the next. */
  owner(transport?: Connect): Promise<PersonWard> {
    return this.network.person(this.wallet, transport === undefined ? {} : { transport });
  }

  /** A device of the owner's that forgets what it did. */
  async ownerCopy(transport?: Connect): Promise<PersonWard> {
    const options = transport === undefined ? {} : { transport };
    return this.network.person(await copyOf(this.wallet), options);
  }

  createChart(owner: PersonWard) {
    const { network } = this;
    return owner.charts.create({
      kind: 'general',
      vaults: this.vaults.map((name) => network.id(name)),
      custodians: network.custodians,
      threshold: 3,
    });
  }

  /** An organisation's client; its key service goes on from one to the next. */
  organisation(name: StagedName, transport?: Connect): Promise<OrganisationWard> {
    return this.network.organisation(name, transport === undefined ? {} : { transport });
  }

  async organisationCopy(name: StagedName, transport?: Connect): Promise<OrganisationWard> {
    const keyService = await copyOf(this.network.organisations.get(name)!.store);
    const options = transport === undefined ? {} : { transport };
    return this.network.organisationOf(keyService, options);
  }

  async chart(): Promise<Uint8Array> {
    return (await this.ownerCopy()).keys.chart('general').chart;
  }

  async write(hospital: OrganisationWard, units: readonly UnitToAdd[]) {
    return hospital.records.add({ chart: await this.chart(), units, credential: CREDENTIAL });
  }

  /** Units that nobody has written yet. */
  newUnits(count: number): UnitToAdd[] {
    return sampleUnits(this.network, count, `new ${++this.#count}`);
  }

  /** A unit whose body is an object of its own. */
  largeUnit(): UnitToAdd {
    const text = `large ${++this.#count} ${'.'.repeat(1_100_000)}`;
    const caption = { kind: 'imaging' as const, month: FIRST_MONTH };
    return { caption, records: [sampleText(this.network, text)] };
  }

  /** A grant to hospital B, which has collected it. */
  async grant(owner: PersonWard): Promise<Uint8Array> {
    const made = await owner.consent.grant({
      chart: 'general',
      grantee: this.network.id('hospital-b'),
      purposes: ['TREAT'],
      until: owner.connection.now() + 30 * DAY,
      openingsMax: 900,
    });
    this.leaf = made.leaf;
    await (await this.organisation('hospital-b')).access.collect();
    return made.leaf;
  }

  async openOnceAndBeRefused(): Promise<void> {
    const hospitalB = await this.organisation('hospital-b');
    const { leaf } = this;
    const [first] = await hospitalB.access.list(leaf);
    await openAsStaff(hospitalB, { leaf, units: [first!] });
    const refused = openAsStaff(hospitalB, { leaf, units: [first!], purpose: 'HRESCH' });
    await refused.catch(() => undefined);
  }
}

async function copyOf(store: EventStore): Promise<EventStore> {
  const copy = memoryEventStore();
  await copy.append(await store.load());
  return copy;
}
