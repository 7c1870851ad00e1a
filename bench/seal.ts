import {
  CHUNK_BYTES,
  makeReleasePoint,
  type RecordInput,
  type SealedUnit,
  type UnitInput,
  writeUnit,
} from '@ward/charts';
import type { Crypto } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { makeSampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { type BenchRow, boundedRow, comparedRow, plainRow } from './bench-row.ts';

const UNITS = 3000;
const WARM_UP = 300;
const RECORD_BYTES = 2000;
const GIBIBYTE = 1024 ** 3;
const PIECE_BYTES = 1024 ** 2;
const MEGABYTE = 1_000_000;

/**
 * CPU seconds of this thread for one call on average: what a core gives, whatever else runs on the
 * machine.
 */
async function cpuSeconds(calls: number, work: () => unknown): Promise<number> {
  const start = process.threadCpuUsage();
  for (let i = 0; i < calls; i++) await work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1e6 / calls;
}

/** Takes all and keeps nothing. */
class NullStore {
  rssPeakBytes = 0;

  async put(body: AsyncIterable<Uint8Array>): Promise<null> {
    let chunks = 0;
    for await (const _ of body) if (chunks++ % 64 === 0) this.#look();
    return null;
  }

  #look(): void {
    this.rssPeakBytes = Math.max(this.rssPeakBytes, process.memoryUsage.rss());
  }
}

class Sealing {
  readonly crypto: Crypto;
  readonly #chart;
  readonly #author;
  readonly store = new NullStore();

  constructor(crypto: Crypto) {
    this.crypto = crypto;
    this.#chart = makeSampleChart(crypto);
    const keyPair = crypto.ed25519.keyPair(systemRandom.bytes(32));
    this.#author = sampleAuthor(keyPair, systemRandom.bytes(16));
  }

  seal(records: readonly RecordInput[]): Promise<SealedUnit> {
    const { header, realm } = this.#chart;
    const caption = { kind: 'encounter', month: 12 * 2026 } as const;
    const input: UnitInput = { records, caption, author: this.#author, header };
    return writeUnit(input, this.store, systemRandom, realm);
  }

  /** The public-key work of a unit and nothing else: one seal, one release point, one signature. */
  async primitives(): Promise<void> {
    const { header, dealing } = this.#chart;
    const { kem, ed25519 } = this.crypto;
    const label = header.chart;
    const to = kem.sealingKey(header.epoch.sealingKey);
    await kem.seal(label, { to, info: label });
    makeReleasePoint({ label, q: dealing.commitments[0]! }, systemRandom, this.crypto);
    ed25519.sign(label, this.#author.keyPair.secretKey);
  }
}

async function measureUnits(sealing: Sealing): Promise<BenchRow[]> {
  const record = () => sampleRecord(systemRandom.bytes(RECORD_BYTES));
  const one = [record()];
  const eight = Array.from({ length: 8 }, record);
  await cpuSeconds(WARM_UP, () => sealing.seal(one));
  await cpuSeconds(WARM_UP, () => sealing.primitives());
  const primitives = 1 / (await cpuSeconds(UNITS, () => sealing.primitives()));
  const units = 1 / (await cpuSeconds(UNITS, () => sealing.seal(one)));
  const larger = 1 / (await cpuSeconds(UNITS / 4, () => sealing.seal(eight)));
  const unit = 'units/s a core';
  return [
    boundedRow({ metric: 'seal.units', value: units, unit }, { atLeast: 700 }),
    comparedRow({
      metric: 'seal.units-by-primitives',
      value: units,
      unit,
      baseline: primitives,
      target: 0.6,
    }),
    plainRow('seal.records', larger * 8, 'records/s a core, 8 a unit'),
  ];
}

/** One record of a gibibyte that is made as it is read. */
function largeRecord(): RecordInput {
  const piece = systemRandom.bytes(PIECE_BYTES);
  const { metadata } = sampleRecord(new Uint8Array(0), { sizeBytes: GIBIBYTE });
  return {
    metadata,
    *open() {
      for (let at = 0; at < GIBIBYTE; at += PIECE_BYTES) yield piece;
    },
  };
}

/**
 * What a large body needs of hashes and ciphers and nothing else: its leaf at both readings, its
 * name, AES-GCM by chunks.
 */
async function bodyPrimitives({ aead, sha256Stream }: Crypto): Promise<void> {
  const piece = systemRandom.bytes(CHUNK_BYTES);
  const [key, nonce, aad] = [32, 12, 34].map((length) => systemRandom.bytes(length));
  const hashes = [1, 2, 3].map(() => sha256Stream());
  for (let at = 0; at < GIBIBYTE; at += CHUNK_BYTES) {
    for (const hash of hashes) hash.update(piece);
    await aead.seal(piece, { key: key!, nonce: nonce!, aad: aad! });
  }
  for (const hash of hashes) hash.digest();
}

async function measureBody(sealing: Sealing): Promise<BenchRow[]> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  sealing.store.rssPeakBytes = before;
  const seconds = await cpuSeconds(1, () => sealing.seal([largeRecord()]));
  const grown = sealing.store.rssPeakBytes - before;
  // Behind it: what it leaves in memory would hide what the body takes.
  const primitives = await cpuSeconds(1, () => bodyPrimitives(sealing.crypto));
  const speed = { value: GIBIBYTE / MEGABYTE / seconds, unit: 'MB/s a core' };
  const baseline = GIBIBYTE / MEGABYTE / primitives;
  return [
    boundedRow({ metric: 'seal.body-1g', ...speed }, { atLeast: 400 }),
    comparedRow({ metric: 'seal.body-1g-by-primitives', ...speed, baseline, target: 0.75 }),
    boundedRow(
      { metric: 'seal.body-1g-memory', value: grown / MEGABYTE, unit: 'MB of RSS' },
      { atMost: 200 },
    ),
  ];
}

/** Units sealed a second, and a body of a gibibyte. */
export async function run(): Promise<BenchRow[]> {
  const sealing = new Sealing(await loadCrypto());
  return [...(await measureUnits(sealing)), ...(await measureBody(sealing))];
}
