import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordInput } from '@ward/charts';
import type { Crypto } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { type Network, type OrganisationName, startNetwork } from '@ward/sandbox/network';
import {
  createWard,
  memoryEventStore,
  type OrganisationWard,
  type PersonWard,
  type UnitToAdd,
} from '@ward/sdk';
import type { CallTimes } from './timed-transport.ts';

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

  static async start(calls: CallTimes): Promise<BenchNetwork> {
    const crypto = await loadCrypto();
    const home = mkdtempSync(join(tmpdir(), 'ward-bench-'));
    const network = await startNetwork({ home });
    return new BenchNetwork({ network, crypto, calls, home });
  }

  id(name: OrganisationName): Uint8Array {
    return this.network.organisation(name).id;
  }

  /** An organisation's client over its own home, with its file and its fsync. */
  async organisation(name: OrganisationName): Promise<OrganisationWard> {
    const { transport } = this.calls;
    const { ward, close } = await this.network.openOrganisation(name, { transport });
    this.#close.push(close);
    return ward;
  }

  /** A person with a chart of which hospital A has a card. */
  async person(): Promise<PersonWard> {
    const { networkFile, custodians } = this.network;
    const { transport } = this.calls;
    const ports = { networkFile, transport, crypto: this.crypto, carrierDelayMsMax: 0 };
    const ward = await createWard({ ...ports, wallet: memoryEventStore() });
    await ward.charts.create({
      kind: 'general',
      vaults: [this.id('hospital-a'), this.id('patients-association')],
      custodians: custodians.map(({ organisation }) => this.id(organisation)),
      threshold: 3,
    });
    await ward.charts.sendCard('general', this.id('hospital-a'));
    return ward;
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

