import { tmpdir } from 'node:os';
import { createMemoryEngine } from '@ward/engine';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { NODE_LIMITS } from './limits.ts';
import { Readiness } from './readiness.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function answersOf({ checks }: Readiness): Promise<Record<string, boolean>> {
  const answers = checks.map(async ({ name, isReady }) => [name, await isReady()] as const);
  return Object.fromEntries(await Promise.all(answers));
}

async function startReadiness(limits: Partial<typeof NODE_LIMITS> = {}) {
  const clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
  const memory = await createMemoryEngine({ ...ledger, clock, crypto });
  running.push(memory);
  const options = { home: tmpdir(), clock, limits: { ...NODE_LIMITS, ...limits } };
  return { ...memory, clock, readiness: new Readiness(options) };
}

const READY = { recovered: true, engine: true, disk: true, clock: true };

describe('readiness of a node', () => {
  it('begins when the ledger is recovered', async () => {
    const { readiness, engine } = await startReadiness();
    expect(await answersOf(readiness)).toMatchObject({ recovered: false, clock: false });
    readiness.running(engine);
    expect(await answersOf(readiness)).toEqual(READY);
  });

  it('ends while the clock is behind the ledger, or the ledger behind the clock', async () => {
    const { readiness, engine, clock, makeBlock } = await startReadiness();
    readiness.running(engine);
    clock.ms -= 11_000;
    expect(await answersOf(readiness)).toEqual({ ...READY, clock: false });
    clock.ms += 11_000 + 31 * 86_400_000;
    expect(await answersOf(readiness)).toEqual({ ...READY, clock: false });
    await makeBlock();
    expect(await answersOf(readiness)).toEqual(READY);
  });

  it('ends when the disk is nearly full', async () => {
    const { readiness, engine } = await startReadiness({ freeBytesMin: 1e18 as never });
    readiness.running(engine);
    expect(await answersOf(readiness)).toEqual({ ...READY, disk: false });
  });
});
