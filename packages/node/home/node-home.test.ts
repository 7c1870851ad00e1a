import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { loadNodeHome, nodeInit } from './node-home.ts';

const crypto = await loadCrypto();
const { genesis, provider, registrar, validatorSeed } = new TestLedger(crypto);
const serviceSeed = provider.service.secretKey.slice(0, 32);
const whole = { organisation: provider.id, genesis, validatorSeed, serviceSeed, peering: null };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ward-node-home-'));
  folders.push(folder);
  return join(folder, 'node');
}

describe('the home of a node', () => {
  it('gives back what it was made of', async () => {
    const home = newHome();
    await nodeInit(whole, home, crypto);
    expect(await loadNodeHome(home)).toEqual(whole);
  });

  it('lets nobody but its owner read the keys', async () => {
    const home = newHome();
    await nodeInit(whole, home, crypto);
    for (const name of ['validator.key', 'service.key']) {
      expect(statSync(join(home, name)).mode & 0o077).toBe(0);
    }
    expect(statSync(home).mode & 0o077).toBe(0);
  });

  it('is made once', async () => {
    const home = newHome();
    await nodeInit(whole, home, crypto);
    expect(await codeOfAsync(() => nodeInit(whole, home, crypto))).toBe('HOME_TAKEN');
  });

  it('is not made with keys that the genesis does not know', async () => {
    const home = newHome();
    const other = { ...whole, validatorSeed: serviceSeed };
    expect(await codeOfAsync(() => nodeInit(other, home, crypto))).toBe('VALIDATOR_MISMATCH');
    const foreign = { ...whole, organisation: registrar.id };
    expect(await codeOfAsync(() => nodeInit(foreign, home, crypto))).toBe('NODE_KEY_UNKNOWN');
    const officer = { ...whole, serviceSeed: provider.officer.secretKey.slice(0, 32) };
    expect(await codeOfAsync(() => nodeInit(officer, home, crypto))).toBe('NODE_KEY_UNKNOWN');
    expect(await codeOfAsync(() => loadNodeHome(home))).toBe('HOME_MISSING');
  });

  it('is not made with a genesis that no ledger could begin with', async () => {
    const home = newHome();
    const empty = { ...whole, genesis: { ...genesis, chain: '' } };
    expect(await codeOfAsync(() => nodeInit(empty, home, crypto))).toBe('GENESIS_INVALID');
  });

  it('is refused when it is missing, or a file of it is damaged', async () => {
    const home = newHome();
    expect(await codeOfAsync(() => loadNodeHome(home))).toBe('HOME_MISSING');
    await nodeInit(whole, home, crypto);
    for (const name of ['node.json', 'genesis.json', 'validator.key', 'service.key']) {
      const path = join(home, name);
      const before = readFileSync(path);
      writeFileSync(path, before.subarray(1));
      expect(await codeOfAsync(() => loadNodeHome(home))).toBe('HOME_INVALID');
      writeFileSync(path, before);
    }
    expect(await loadNodeHome(home)).toEqual(whole);
  });
});
