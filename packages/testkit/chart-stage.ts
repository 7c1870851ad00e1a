import { type Purpose, type RecordInput, signStaffRequest } from '@ward/charts';
import { type Crypto, type Ed25519KeyPair, encodeUtf8 } from '@ward/protocol';
import type {
  AddedUnit,
  GrantParameters,
  MadeConsent,
  Opening,
  OrganisationWard,
  PersonWard,
  UnitSummary,
  UnitToAdd,
} from '@ward/sdk';
import { ClientNetwork, type ClientNetworkOptions } from './client-network.ts';

const DAY_SECONDS = 24 * 3600;
const MONTH = 24_300;
/** What a synthetic patient's chart is called here. */
export const KIND = 'general';

/** A record of synthetic text. */
export function textRecord(text: string, crypto: Crypto): RecordInput {
  const bytes = encodeUtf8(text);
  return {
    metadata: {
      mediaType: 'application/fhir+json',
      resourceType: 'Observation',
      name: 'synthetic',
      inputDigest: crypto.sha256(bytes),
      sizeBytes: bytes.length,
    },
    open: () => [bytes],
  };
}

/** A member of staff with the key that signs requests. */
export interface StagedStaff {
  readonly staff: { readonly name: string; readonly role: string };
  readonly keyPair: Ed25519KeyPair;
}

/**
 * A patient with a chart, hospital A that writes and hospital B that reads, on a
 * {@link ClientNetwork}: what most tests of the sdk begin with.
 */
export class ChartStage {
  readonly network: ClientNetwork;
  readonly crypto: Crypto;
  readonly patient: PersonWard;
  readonly writer: OrganisationWard;
  readonly reader: OrganisationWard;

  private constructor(
    network: ClientNetwork,
    wards: { patient: PersonWard; writer: OrganisationWard; reader: OrganisationWard },
  ) {
    this.network = network;
    this.crypto = network.crypto;
    this.patient = wards.patient;
    this.writer = wards.writer;
    this.reader = wards.reader;
  }

  static async start(crypto: Crypto, options: ClientNetworkOptions = {}): Promise<ChartStage> {
    const network = await ClientNetwork.start(crypto, 1, options);
    return new ChartStage(network, {
      patient: await network.person(),
      writer: await network.organisation('hospital-a'),
      reader: await network.organisation('hospital-b'),
    });
  }

  close(): Promise<void> {
    return this.network.close();
  }

  /** What a chart here is made with. */
  get chartParameters() {
    const { vaults, custodians } = this.network;
    return { kind: KIND, vaults, custodians, threshold: 3 } as const;
  }

  /** Makes the chart of a person, and gives hospital A the card of it. */
  async makeChart(patient = this.patient): Promise<Uint8Array> {
    const chart = await patient.charts.create(this.chartParameters);
    await patient.charts.sendCard(KIND, this.network.id('hospital-a'));
    await this.writer.access.collect();
    return chart;
  }

  /** Units of two records each, named so that no two tests have the same input. */
  units(count: number, name: string): UnitToAdd[] {
    return Array.from({ length: count }, (_, i) => ({
      caption: { kind: 'encounter', month: MONTH + (i % 12) },
      records: ['a', 'b'].map((part) => textRecord(`${name} ${i} ${part}`, this.crypto)),
    }));
  }

  /** Hospital A writes units. */
  write(chart: Uint8Array, units: readonly UnitToAdd[], ward = this.writer): Promise<AddedUnit[]> {
    return ward.records.add({ chart, units, credential: 'Clinician 1 (synthetic)' });
  }

  /** The patient grants hospital B, which fetches its letters. */
  async grant(changes: Partial<GrantParameters> = {}): Promise<MadeConsent> {
    const { patient, network } = this;
    const {
      grantee = network.id('hospital-b'),
      purposes = ['TREAT'],
      until = patient.connection.now() + 30 * DAY_SECONDS,
      ...rest
    } = changes;
    const made = await patient.consent.grant({ chart: KIND, grantee, purposes, until, ...rest });
    await this.reader.access.collect();
    return made;
  }

  /** Enrols a clinician of an organisation. */
  async enrol(name = 'Clinician 2 (synthetic)', ward = this.reader): Promise<StagedStaff> {
    const keyPair = this.crypto.ed25519.keyPair(this.network.random.bytes(32));
    const staff = { name, role: 'physician' };
    await ward.keys.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
    return { staff, keyPair };
  }

  /** Hospital B opens units, as a clinician has just signed. */
  async open(
    leaf: Uint8Array,
    units: readonly UnitSummary[],
    options: {
      readonly person?: StagedStaff;
      readonly ward?: OrganisationWard;
      readonly purpose?: Purpose;
      readonly isAttempt?: boolean;
    } = {},
  ): Promise<Opening> {
    const { person, ward = this.reader, purpose = 'TREAT', isAttempt = false } = options;
    const by = person ?? (await this.enrol());
    const parameters = { leaf, units, purpose, reason: 'consultation' } as const;
    const request = ward.access.request(parameters);
    const actor = signStaffRequest(request, by, this.network.random, ward.connection.realm);
    return ward.access.open({ ...parameters, actor, isAttempt });
  }
}
