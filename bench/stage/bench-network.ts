import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChartKind, type RecordInput, signStaffRequest } from '@ward/charts';
import type { Crypto } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { type Network, type NetworkOptions, startNetwork } from '@ward/sandbox/network';
import {
  createWard,
  type EventStore,
  memoryEventStore,
  type OrganisationWard,
  type PersonWard,
  type UnitSummary,
  type UnitToAdd,
} from '@ward/sdk';
import type { CallTimes } from './timed-transport.ts';

export const DAY_MS = 24 * 3600 * 1000;

const GENERAL = ['general'] as const;

export interface PersonPlan {
  readonly wallet?: EventStore;
  readonly kinds?: readonly ChartKind[];
  /** Folders of the organisations that keep shares, three of which must answer; all unless told. */
  readonly custodians?: readonly string[];
}

export interface BenchNetworkPlan extends Pick<NetworkOptions, 'organisations'> {
  /** How long ago it begins, for what takes many days. */
  readonly pastDays?: number;
}

/** The sandbox's network of processes, with clients in this one. */
export class BenchNetwork {
  readonly network: Network;
  readonly crypto: Crypto;
  readonly calls: CallTimes;
  readonly #home: string;
  readonly #close: (() => void)[] = [];

  private constructor(parts: { network: Network; crypto: Crypto; calls: CallTimes; home: string }) {
    this.network = parts.network;
    this.crypto = parts.crypto;
    this.calls = parts.calls;
    this.#home = parts.home;
  }

  static async start(
    calls: CallTimes,
    { pastDays = 0, ...plan }: BenchNetworkPlan = {},
  ): Promise<BenchNetwork> {
    const crypto = await loadCrypto();
    const home = mkdtempSync(join(tmpdir(), 'ward-bench-'));
    const network = await startNetwork({ home, ...plan, clockOffsetMs: -pastDays * DAY_MS });
    return new BenchNetwork({ network, crypto, calls, home });
  }

  id(name: string): Uint8Array {
    return this.network.organisation(name).id;
  }

  /** An organisation's client over its own home, with its file and its fsync. */
  async organisation(name: string): Promise<OrganisationWard> {
    const { transport } = this.calls;
    const { ward, close } = await this.network.openOrganisation(name, { transport });
    this.#close.push(close);
    return ward;
  }

  /** A client over a wallet; it knows nothing of the ledger but the network file. */
  wallet(wallet: EventStore): Promise<PersonWard> {
    const { networkFile, clock } = this.network;
    const { transport } = this.calls;
    const { crypto } = this;
    return createWard({ networkFile, transport, crypto, clock, carrierDelayMsMax: 0, wallet });
  }

  /** A person with charts of which hospital A has cards. */
  async person({ wallet = memoryEventStore(), kinds = GENERAL, ...plan }: PersonPlan = {}) {
    const ward = await this.wallet(wallet);
    const vaults = [this.id('hospital-a'), this.id('patients-association')];
    const all = this.network.custodians.map(({ organisation }) => organisation);
    const custodians = (plan.custodians ?? all).map((folder) => this.id(folder));
    for (const kind of kinds) {
      await ward.charts.create({ kind, vaults, custodians, threshold: 3 });
      await ward.charts.sendCard(kind, this.id('hospital-a'));
    }
    return ward;
  }

  /** Opens units as a clinician of hospital B does. */
  async open(ward: OrganisationWard, leaf: Uint8Array, units: readonly UnitSummary[]) {
    const [staff] = this.network.organisation('hospital-b').staff;
    const parameters = { leaf, units, purpose: 'TREAT', reason: 'consultation' } as const;
    const request = ward.access.request(parameters);
    const person = { staff: staff!, keyPair: staff!.keyPair };
    const actor = signStaffRequest(request, person, systemRandom, ward.connection.realm);
    return ward.access.open({ ...parameters, actor });
  }

  async close(): Promise<void> {
    for (const close of this.#close) close();
    await this.network.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** Encounters of one record each, of so many random bytes. */
export function* sampleUnits(
  { count, bytesEach }: { count: number; bytesEach: number },
  crypto: Crypto,
): Generator<UnitToAdd> {
  for (let i = 0; i < count; i++) {
    const caption = { kind: 'encounter', month: 24_000 + (i % 300) } as const;
    yield { caption, records: [sampleRecord(systemRandom.bytes(bytesEach), crypto)] };
  }
}

function sampleRecord(bytes: Uint8Array, crypto: Crypto): RecordInput {
  const inputDigest = crypto.sha256(bytes);
  const metadata = { mediaType: 'text/plain', resourceType: '', name: 'synthetic', inputDigest };
  return { metadata: { ...metadata, sizeBytes: bytes.length }, open: () => [bytes] };
}

/** Sorted durations, and what so many per cent of them were within. */
export function percentile(sortedMs: readonly number[], percent: number): number {
  const index = Math.ceil((sortedMs.length * percent) / 100) - 1;
  return sortedMs[Math.max(0, index)]!;
}
