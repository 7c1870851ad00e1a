import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import {
  LightBlock,
  parseTransaction,
  toHex,
  trustFirstBlock,
  verifyLightBlock,
  type WardError,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { type EngineProcessOptions, processClock } from '@ward/testkit/engine-process';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedHome } from './embedded-home.ts';
import { IngressClient } from './ingress-client.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed } = ledger;
const PROGRAM = createRequire(import.meta.url).resolve('@ward/testkit/engine-process');

/** What somebody who sends transactions knows of each. */
class Sender {
  readonly committed = new Map<string, number>();
  /** Sent, and never answered. */
  unknown: VerifiedTransaction[] = [];
  readonly #clock: { nowMs(): number };
  #made = 0;

  constructor(clock: { nowMs(): number }) {
    this.#clock = clock;
  }

  #make(): VerifiedTransaction {
    const address = crypto.sha256(Buffer.from(`kill ${this.#made++}`));
    const time = Math.floor(this.#clock.nowMs() / 1000);
    const message = { slots: [{ address, value: address }] };
    return ledger.serviceTransaction(ledger.provider, WriteSlots, message, time);
  }

  /** Sends what is unknown again, then new ones without end; returns when the process is gone. */
  async sendTo(path: string, window: number): Promise<void> {
    const client = await IngressClient.connect({ path });
    const again = this.unknown.splice(0);
    let isOpen = true;
    const send = async (): Promise<void> => {
      while (isOpen) {
        const made = again.pop() ?? this.#make();
        try {
          const { height, refusal } = await client.submit(made.envelope);
          this.#note(made, height, refusal?.code);
        } catch (error) {
          if ((error as WardError).code !== 'ENGINE_STOPPED') throw error;
          this.unknown.push(made);
          isOpen = false;
        }
      }
    };
    await Promise.all(Array.from({ length: window }, send));
    this.unknown.push(...again);
  }

  #note({ id }: VerifiedTransaction, height: number | undefined, code: string | undefined): void {
    // Sent again, it may have been taken before the process died, or have expired meanwhile.
    if (code === 'TRANSACTION_REPLAYED' || code === 'TRANSACTION_EXPIRED') return;
    if (code !== undefined || height === undefined) throw new Error(`refused: ${code}`);
    this.committed.set(toHex(id), height);
  }
}

let home: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-kill-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(home, { recursive: true });
});

/** Starts the engine's process. @returns Its socket, or undefined when it died on the way. */
async function startProcess(options: EngineProcessOptions): Promise<string | undefined> {
  child = fork(PROGRAM, [JSON.stringify(options)], { execArgv: [] });
  const died = once(child, 'exit').then(() => undefined);
  const ready = once(child, 'message').then(([message]) => (message as { path: string }).path);
  return Promise.race([ready, died]);
}

async function ended(): Promise<void> {
  if (child!.exitCode === null && child!.signalCode === null) await once(child!, 'exit');
  expect(child!.signalCode).toBe('SIGKILL');
}

/** What must hold of a home, whatever happened to the processes that had it. */
async function check(sender: Sender, startedMs: number): Promise<number> {
  const clock = processClock(startedMs);
  const opened = await openEmbeddedHome({
    home,
    genesis,
    validatorSeed,
    clock,
    crypto,
    workers: 1,
  });
  const { machine } = opened;
  const rules = { chain: genesis.chain, trustingPeriodSeconds: 3600, clockDriftSeconds: 10 };
  const now = Math.ceil(clock.nowMs() / 1000);
  const places = new Map<string, number>();
  let trusted: ReturnType<typeof trustFirstBlock> | undefined;
  for (let height = 1; height <= machine.height; height++) {
    const { lightBlock, transactions, results } = machine.block(height)!;
    const block = LightBlock.decode(lightBlock);
    trusted =
      trusted === undefined
        ? trustFirstBlock(block, genesis, rules, crypto)
        : verifyLightBlock({ trusted, block, now }, rules, crypto);
    for (const [i, envelope] of transactions.entries()) {
      if (results[i]!.code !== 0) continue;
      const id = toHex(parseTransaction(envelope, crypto).id);
      expect(places.has(id)).toBe(false);
      places.set(id, height);
    }
  }
  for (const [id, height] of sender.committed) expect(places.get(id)).toBe(height);
  await opened.stop();
  return places.size;
}

describe('a process that is killed', () => {
  it('loses nothing it acknowledged and does nothing twice, whenever that is', async () => {
    const random: SeededRandom = seededRandom(20_261_122);
    const startedMs = Date.now();
    const sender = new Sender(processClock(startedMs));
    for (let round = 0; round < 15; round++) {
      const path = await startProcess({ home, startedMs, killAt: 0 });
      const sending = sender.sendTo(path!, 300);
      await new Promise((resolve) => setTimeout(resolve, 50 + random.below(900)));
      child!.kill('SIGKILL');
      await Promise.all([sending, ended()]);
    }
    expect(sender.committed.size).toBeGreaterThan(500);
    const count = await check(sender, startedMs);
    expect(count).toBeGreaterThanOrEqual(sender.committed.size);
  });

  it('recovers from every operation on the disk, one after the other', async () => {
    const startedMs = Date.now();
    const sender = new Sender(processClock(startedMs));
    for (let killAt = 1; killAt <= 40; killAt++) {
      const path = await startProcess({ home, startedMs, killAt });
      if (path !== undefined) await sender.sendTo(path, 5).catch(isRefusedConnection);
      await ended();
    }
    expect(sender.committed.size).toBeGreaterThan(20);
    await check(sender, startedMs);
  });
});

/** The process may die between telling its socket and the connection. */
function isRefusedConnection(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') throw error;
}
