import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedHome, openEmbeddedHome } from './embedded-home.ts';
import { IngressClient } from './ingress-client.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const clock = { nowMs: () => Date.now() + 10_000_000_000 };

let home: string;
const open: EmbeddedHome[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-home-'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
  rmSync(home, { recursive: true });
});

async function openHome(options: object = {}): Promise<EmbeddedHome> {
  const { genesis, validatorSeed } = ledger;
  const listen = { folder: join(home, 'ingress'), tcp: { host: '127.0.0.1', port: 0 } };
  const opened = await openEmbeddedHome({
    ...{ home, genesis, validatorSeed, listen, workers: 2, clock, crypto },
    ...options,
  });
  open.push(opened);
  return opened;
}

let addresses = 0;
function writeOne() {
  const slots = [
    { address: crypto.sha256(Buffer.from(`a ${addresses++}`)), value: new Uint8Array(32) },
  ];
  const time = Math.floor(clock.nowMs() / 1000);
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
}

describe('the ledger of a folder', () => {
  it('takes transactions over every socket of every worker', async () => {
    const { addresses } = await openHome();
    expect(addresses).toHaveLength(2);
    for (const { path, host, port } of addresses) {
      for (const where of [{ path: path! }, { host: host!, port: port! }]) {
        const client = await IngressClient.connect(where);
        const sent = Array.from({ length: 300 }, () => client.submit(writeOne().envelope));
        const results = await Promise.all(sent);
        expect(results.every(({ refusal }) => refusal === undefined)).toBe(true);
        expect(results.every(({ height }) => height! > 1)).toBe(true);
        await client.end();
      }
    }
  });

  it('is open once at a time, and goes on where it ended', async () => {
    const first = await openHome();
    const { height } = await first.engine.submit(writeOne().envelope);
    expect(await codeOfAsync(() => openHome())).toBe('HOME_LOCKED');
    await open.pop()!.stop();
    const second = await openHome();
    expect(second.machine.height).toBeGreaterThan(height);
    expect(second.machine.block(height)?.transactions).toHaveLength(1);
  });
});
