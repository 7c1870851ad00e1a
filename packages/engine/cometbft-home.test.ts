import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { HomeLock } from '@ward/protocol/home-lock';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCometbftHome } from './cometbft-home.ts';

const crypto = await loadCrypto();
const { genesis, validatorSeed } = new TestLedger(crypto);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-comet-home-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function open(home: string, binary?: string) {
  return openCometbftHome({
    ...{ home, genesis, validatorSeed, crypto, workers: 1 },
    ...(binary === undefined ? {} : { binary }),
    nodeSeed: new Uint8Array(32).fill(1),
    peerAddress: '127.0.0.1:0',
    clock: { nowMs: () => 0 },
  });
}

describe('the home of a node on CometBFT', () => {
  it('is not touched where there is no CometBFT', async () => {
    const { PATH } = process.env;
    try {
      process.env.PATH = folder;
      process.env.WARD_ENGINE_CACHE = folder;
      expect(await codeOfAsync(() => open(join(folder, 'home')))).toBe('ENGINE_MISSING');
      expect(existsSync(join(folder, 'home'))).toBe(false);
    } finally {
      process.env.PATH = PATH;
      delete process.env.WARD_ENGINE_CACHE;
    }
  });

  it('is open once, and let go of when it cannot be opened', async () => {
    const home = join(folder, 'home');
    const lock = HomeLock.acquire(home);
    expect(await codeOfAsync(() => open(home, 'none'))).toBe('HOME_LOCKED');
    expect(readdirSync(home)).not.toContain('cometbft');
    lock.release();
    HomeLock.acquire(home).release();
  });
});
