import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { FileStorage } from '@ward/engine';
import { type ProvedKey, StateMachine, type VerifiedTransaction } from '@ward/ledger';
import { encodeMessage, slotKey, WriteSlots, writtenSlot } from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  type Crypto,
  encodeCbor,
  TransactionBody,
  TransactionEnvelope,
  verifyState,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_CHAIN, TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { type BenchOptions, type BenchRow, boundedRow, plainRow } from './bench-row.ts';

const SIZES = [
  { name: '100k', keys: 100_000, always: true },
  { name: '1m', keys: 1_000_000, always: true },
  { name: '10m', keys: 10_000_000, always: false },
] as const;
const BLOCK = 2000;
const MEASURED_BLOCKS = 80;
const PROOFS = 20_000;
const SHARE_OF_MEMORY = 3 / 4;
const LOG_REPLAYED_KEYS_MAX = 1_000_000;

/** A ledger in files, filled with slots of which the n-th can be named again. */
class FilledLedger {
  readonly crypto: Crypto;
  readonly ledger: TestLedger;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ward-bench-'));
  #storage: FileStorage;
  machine: StateMachine;
  #slots = 0;
  #salts = 0;

  constructor(crypto: Crypto) {
    this.crypto = crypto;
    this.ledger = new TestLedger(crypto);
    this.#storage = new FileStorage({ folder: this.#folder });
    this.machine = this.#open();
  }

  #open(): StateMachine {
    const { genesis } = this.ledger;
    return StateMachine.open({ storage: this.#storage, crypto: this.crypto, genesis });
  }

  get keys(): number {
    return this.#slots;
  }

  #address(slot: number): Uint8Array {
    const bytes = new Uint8Array(32);
    new DataView(bytes.buffer).setUint32(28, slot);
    return bytes;
  }

  /** State key of the n-th slot; of one that is not there, from {@link keys} on. */
  key(slot: number): Uint8Array {
    const { provider, realm } = this.ledger;
    const address = this.#address(slot);
    return slotKey(writtenSlot({ organisation: provider.id, address }, realm));
  }

  /** A transaction whose signature nobody looks at here: engines do, and are benched for it. */
  #transaction(slots: number): VerifiedTransaction {
    const { provider, realm } = this.ledger;
    const written = Array.from({ length: slots }, () => {
      const address = this.#address(this.#slots++);
      return { address, value: address };
    });
    const salt = new Uint8Array(16);
    new DataView(salt.buffer).setUint32(0, ++this.#salts);
    const body = TransactionBody.encode({
      network: realm.network,
      chain: TEST_CHAIN,
      signers: [{ account: provider.id, role: AUTHOR_ROLE }],
      validUntil: TEST_TIME + 60,
      salt,
      messages: [encodeMessage(WriteSlots, { slots: written })],
    });
    const { publicKey } = provider.service;
    const signatures = [{ publicKey, signature: new Uint8Array(64) }];
    const envelope = TransactionEnvelope.encode({ body, signatures });
    const id = this.crypto.sha256(body);
    return { envelope, id, digest: id, passkeys: [undefined] };
  }

  /** Writes slots in large messages until there are so many, as many a block as at full load. */
  async fill(keys: number): Promise<void> {
    while (this.#slots < keys) {
      this.#commit([this.#transaction(BLOCK / 2), this.#transaction(BLOCK / 2)]);
      await this.#storage.flush();
    }
  }

  #commit(transactions: readonly VerifiedTransaction[]): void {
    const { machine } = this;
    machine.execute({ height: machine.height + 1, time: TEST_TIME, transactions });
    machine.commit({ lightBlock: new Uint8Array(700) });
  }

  /** Writes blocks of one slot a transaction. @returns CPU microseconds and log bytes a write. */
  async write(blocks: number): Promise<{ us: number; logBytes: number }> {
    const before = this.machine.stats().logBytes;
    const each: number[] = [];
    for (let i = 0; i < blocks; i++) {
      const transactions = Array.from({ length: BLOCK }, () => this.#transaction(1));
      const start = process.threadCpuUsage();
      this.#commit(transactions);
      const { user, system } = process.threadCpuUsage(start);
      each.push((user + system) / BLOCK);
      await this.#storage.flush();
    }
    const logBytes = (this.machine.stats().logBytes - before) / (blocks * BLOCK);
    // The median: a block in which the collector ran, or another process, is not the rule.
    return { us: each.sort((a, b) => a - b)[each.length >> 1]!, logBytes };
  }

  /** Closes and opens again. @returns How long opening took. */
  async restart(): Promise<number> {
    await this.#storage.flush();
    await this.#storage.close();
    const start = performance.now();
    this.#storage = new FileStorage({ folder: this.#folder });
    this.machine = this.#open();
    return (performance.now() - start) / 1000;
  }

  async remove(): Promise<void> {
    await this.#storage.close();
    rmSync(this.#folder, { recursive: true });
  }
}

interface Proofs {
  readonly bytes: number;
  readonly made: number;
  readonly verified: number;
}

/** CPU of this thread: what a core gives, whatever else the machine does. */
function cpuSeconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1e6;
}

/** Makes and verifies proofs, of presence and absence in turn. */
function prove(filled: FilledLedger): Proofs {
  const { machine, keys, crypto } = filled;
  const asked = Array.from({ length: PROOFS }, (_, i) => {
    const slot = Math.floor((i / PROOFS) * keys);
    return filled.key(i % 2 === 0 ? slot : keys + slot);
  });
  for (const key of asked.slice(0, 2000)) machine.prove(key);
  let start = process.threadCpuUsage();
  const proved: ProvedKey[] = asked.map((key) => machine.prove(key));
  const made = PROOFS / cpuSeconds(start);
  const root = machine.appHash;
  start = process.threadCpuUsage();
  for (const [i, claim] of proved.entries()) {
    if (!verifyState({ key: asked[i]!, ...claim }, root, crypto)) throw new Error('a false proof');
  }
  const verified = PROOFS / cpuSeconds(start);
  const sizes = proved.map(({ proof: { depth, bitmap, siblings, terminal } }) => {
    const end = terminal.kind === 'other' ? [terminal.keyHash, terminal.valueHash] : [];
    return encodeCbor([depth, bitmap, siblings, [terminal.kind, end]]).length;
  });
  return { bytes: sizes.reduce((sum, size) => sum + size, 0) / PROOFS, made, verified };
}

async function measure(
  name: string,
  keys: number,
  base: { writeUs: number | null },
  crypto: Crypto,
) {
  const filled = new FilledLedger(crypto);
  await filled.fill(keys);
  const { us, logBytes } = await filled.write(MEASURED_BLOCKS);
  const { ramBytes, keys: count } = filled.machine.stats();
  const ramEach = ramBytes / count;
  const proofs = prove(filled);
  // Of ten million keys it takes minutes, and says nothing that a million does not say.
  const fromLog = keys <= LOG_REPLAYED_KEYS_MAX ? await filled.restart() : null;
  filled.machine.checkpoint();
  const fromCheckpoint = await filled.restart();
  await filled.remove();
  const metric = (what: string) => `state.${what}.${name}`;
  const figure = (what: string, value: number, unit: string) => ({
    metric: metric(what),
    value,
    unit,
  });
  const rows: BenchRow[] = [
    boundedRow(figure('proof', proofs.bytes, 'bytes'), { atMost: 1200 }),
    boundedRow(figure('proofs-made', proofs.made, 'proofs/s'), { atLeast: 20_000 }),
    boundedRow(figure('proofs-verified', proofs.verified, 'proofs/s'), { atLeast: 20_000 }),
    keys <= 1_000_000
      ? boundedRow(figure('restart', fromCheckpoint, 's'), { atMost: 10 })
      : plainRow(metric('restart'), fromCheckpoint, 's'),
    ...(fromLog === null ? [] : [plainRow(metric('restart-without-checkpoint'), fromLog, 's')]),
    keys >= 1_000_000
      ? boundedRow(figure('ram', ramEach, 'bytes a key'), { atMost: 200 })
      : plainRow(metric('ram'), ramEach, 'bytes a key'),
    plainRow(metric('ceiling'), (totalmem() * SHARE_OF_MEMORY) / ramEach, 'keys'),
    plainRow(metric('disk'), logBytes, 'bytes a write'),
    writeRow(metric('write'), us, base.writeUs),
  ];
  return { rows, us };
}

/** CPU of one write in one signed transaction; 10M keys may cost twice what 100k cost. */
function writeRow(metric: string, value: number, baseline: number | null): BenchRow {
  const ratio = baseline === null ? null : value / baseline;
  const held = ratio === null ? null : ratio <= 2;
  return {
    metric,
    value,
    unit: 'us of CPU',
    baseline,
    ratio,
    target: ratio === null ? null : 2,
    held,
  };
}

/**
 * The state at several sizes: proofs, restarts, memory, disk, and what a write costs, on files with
 * a sync for each block. 10M keys are measured with `--full`, 100k alone with `--quick`.
 */
export async function run({ full, quick }: BenchOptions): Promise<BenchRow[]> {
  const crypto = await loadCrypto();
  const rows: BenchRow[] = [];
  let writeUs: number | null = null;
  for (const { name, keys, always } of quick ? SIZES.slice(0, 1) : SIZES) {
    if (!always && !full) continue;
    const measured = await measure(name, keys, { writeUs }, crypto);
    writeUs ??= measured.us;
    rows.push(...measured.rows);
  }
  return rows;
}
