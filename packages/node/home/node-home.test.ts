import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { hasNode, loadNodeHome, nodeInit } from './node-home.ts';

const crypto = await loadCrypto();
const { genesis, provider, registrar, validatorSeed } = new TestLedger(crypto);
const serviceSeed = provider.service.secretKey.slice(0, 32);
const whole = { organisation: provider.id, genesis, validatorSeed, serviceSeed };

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
  it('gives back what it was made of', () => {
    const home = newHome();
    expect(hasNode(home)).toBe(false);
    nodeInit({ ...whole, home }, crypto);
    expect(hasNode(home)).toBe(true);
    expect(loadNodeHome(home)).toEqual(whole);
  });

  it('lets nobody but its owner read the keys', () => {
    const home = newHome();
    nodeInit({ ...whole, home }, crypto);
    for (const name of ['validator.key', 'service.key']) {
      expect(statSync(join(home, name)).mode & 0o077).toBe(0);
    }
    expect(statSync(home).mode & 0o077).toBe(0);
  });

  it('is made once', () => {
    const home = newHome();
    nodeInit({ ...whole, home }, crypto);
    expect(codeOf(() => nodeInit({ ...whole, home }, crypto))).toBe('NODE_HOME_TAKEN');
  });

  it('is not made with keys that the genesis does not know', () => {
    const home = newHome();
    const other = { ...whole, home, validatorSeed: serviceSeed };
    expect(codeOf(() => nodeInit(other, crypto))).toBe('VALIDATOR_MISMATCH');
    const foreign = { ...whole, home, organisation: registrar.id };
    expect(codeOf(() => nodeInit(foreign, crypto))).toBe('NODE_KEY_UNKNOWN');
    const officer = { ...whole, home, serviceSeed: provider.officer.secretKey.slice(0, 32) };
    expect(codeOf(() => nodeInit(officer, crypto))).toBe('NODE_KEY_UNKNOWN');
    expect(hasNode(home)).toBe(false);
  });

  it('is not made with a genesis that no ledger could begin with', () => {
    const home = newHome();
    const empty = { ...whole, home, genesis: { ...genesis, chain: '' } };
    expect(codeOf(() => nodeInit(empty, crypto))).toBe('GENESIS_INVALID');
  });

  it('is refused when it is missing, or a file of it is damaged', () => {
    const home = newHome();
    expect(codeOf(() => loadNodeHome(home))).toBe('NODE_HOME_MISSING');
    nodeInit({ ...whole, home }, crypto);
    for (const name of ['node.json', 'genesis.json', 'validator.key', 'service.key']) {
      const path = join(home, name);
      const before = readFileSync(path);
      writeFileSync(path, before.subarray(1));
      expect(codeOf(() => loadNodeHome(home))).toBe('HOME_INVALID');
      writeFileSync(path, before);
    }
    expect(loadNodeHome(home)).toEqual(whole);
  });
});
