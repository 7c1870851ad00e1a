import type { ChartKind } from '@ward/charts';
import type { AccountId, Transport } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import type { OrganisationWard, PersonWard, UnitSummary } from '@ward/sdk';
import type { OpenHome } from '@ward/sdk/node';
import type { Network } from '../network/index.ts';
import type { LedgerTexts } from './ledger-texts.ts';
import type { WalkPatient } from './walk-patient.ts';

/** The charts that every patient of the walk makes. */
export const WALK_CHARTS = ['general', 'medications', 'mental-health'] as const;
export const CUSTODIANS_NEEDED = 3;

/** What the steps share: the network, its actors, and what earlier steps found. */
export class WalkState {
  readonly network: Network;
  readonly patients: readonly WalkPatient[];
  readonly hospitalA: OpenHome<OrganisationWard>;
  readonly hospitalB: OpenHome<OrganisationWard>;
  /** Clients ask these origins instead: how a lying server gets between. */
  readonly redirects: Map<string, string>;
  /** Whether the network goes on after the walk. */
  readonly stays: boolean;
  /** Homes that are open, by patient. */
  readonly wards = new Map<WalkPatient, OpenHome<PersonWard>>();
  /** Units of each patient's charts, as the wallet found them. */
  readonly timelines = new Map<WalkPatient, ReadonlyMap<ChartKind, readonly UnitSummary[]>>();
  /** How many units hospital A wrote. */
  readonly written = new Map<WalkPatient, ReadonlyMap<ChartKind, number>>();
  /** The chart that is shared, of the patient on whom the walk looks closely. */
  sharedKind: ChartKind = 'general';
  /** The ledger before the first patient came. */
  ledgerBefore: LedgerTexts | undefined;
  /** The grant of step 5. */
  leaf: Uint8Array | undefined;
  /** Header of the shared chart while that grant was in it. */
  oldHeader: Uint8Array | undefined;

  constructor(parts: WalkParts) {
    this.network = parts.network;
    this.patients = parts.patients;
    this.hospitalA = parts.hospitalA;
    this.hospitalB = parts.hospitalB;
    this.redirects = parts.redirects;
    this.stays = parts.stays ?? false;
  }

  /** The patient on whom the walk looks closely. */
  get patient(): WalkPatient {
    return this.patients[0]!;
  }

  get wallet(): PersonWard {
    return this.ward(this.patient);
  }

  ward(patient: WalkPatient): PersonWard {
    const home = this.wards.get(patient);
    if (home === undefined) throw new Error('a wallet that is not open yet');
    return home.ward;
  }

  id(organisation: Parameters<Network['organisation']>[0]): AccountId {
    return this.network.organisation(organisation).id;
  }

  get custodianIds(): AccountId[] {
    return this.network.custodians.map(({ organisation }) => this.id(organisation));
  }

  /** Units of the shared chart that can be opened. */
  get sharedUnits(): readonly UnitSummary[] {
    return this.timelines.get(this.patient)?.get(this.sharedKind) ?? [];
  }

  /** Lets every home go: their folders may be used by commands. */
  close(): void {
    for (const home of this.wards.values()) home.close();
    this.wards.clear();
    this.hospitalA.close();
    this.hospitalB.close();
  }
}

export interface WalkParts {
  readonly network: Network;
  readonly patients: readonly WalkPatient[];
  readonly hospitalA: OpenHome<OrganisationWard>;
  readonly hospitalB: OpenHome<OrganisationWard>;
  readonly redirects: Map<string, string>;
  readonly stays?: boolean;
}

/** The way to servers, over the redirects of the moment. */
export function redirectedTransport(redirects: ReadonlyMap<string, string>) {
  return (origin: string): Transport => ({
    name: origin,
    send: (request, options) =>
      httpTransport(redirects.get(origin) ?? origin).send(request, options),
  });
}
