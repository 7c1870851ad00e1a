import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { selfSigned } from '@ward/testkit/certificate';
import { ServerHomes } from '@ward/testkit/server-homes';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examineCustodian } from './examine-custodian.ts';
import { examineVault } from './examine-vault.ts';
import type { Finding } from './finding.ts';

const DAY_MS = 86_400_000;
const SLOW_MS = 120_000;
/** Where the second page of a database begins, with what says of it what it is. */
const SECOND_PAGE = 4096;
const crypto = await loadCrypto();
let homes: ServerHomes;

beforeAll(async () => {
  homes = await ServerHomes.start(crypto);
}, SLOW_MS);
beforeEach(() => homes.renew());
afterAll(() => homes.close(), SLOW_MS);

const faultsIn = (findings: readonly Finding[]) => findings.map(({ fault }) => fault);

describe('the doctor of a vault', { timeout: SLOW_MS }, () => {
  const examine = async () => (await examineVault(homes.options('vault'))).findings;
  const packs = () =>
    readdirSync(homes.inside('vault', 'blobs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));

  it.each<[string, () => void]>([
    ['damaged', () => homes.rot(homes.inside('vault', 'index.db'), SECOND_PAGE)],
    ['emptied', () => writeFileSync(homes.inside('vault', 'index.db'), '')],
    ['gone', () => rmSync(homes.inside('vault', 'index.db'))],
  ])('finds an index that is %s', async (_, damage) => {
    damage();
    const findings = await examine();
    expect(faultsIn(findings)).toEqual(['corrupted-store']);
    expect(findings[0]!.what).toContain('index.db');
  });

  it('finds objects that are gone or altered, and tells nothing of what they are', async () => {
    const [pack] = packs();
    homes.rot(pack!);
    const altered = await examine();
    expect(faultsIn(altered)).toEqual(['damaged-objects']);
    expect(altered[0]!.what).toMatch(/Of 5 objects 5 were looked at: 0 are missing, [1-5] are alt/);
    rmSync(pack!);
    const missing = await examine();
    expect(missing[0]!.what).toMatch(/[1-5] are missing, 0 are altered; 0 are set aside/);
    const told = JSON.stringify([...altered, ...missing]);
    expect(told).not.toContain(toHex(homes.chart.chart));
    expect(told).not.toMatch(/[0-9a-f]{16}/);
  });

  it('finds a certificate that ended where the organisation says that its vault is', async () => {
    const { custody } = homes;
    const now = custody.stage.now * 1000;
    const certificate = selfSigned({ fromMs: now - 30 * DAY_MS, untilMs: now - DAY_MS });
    const vault = `https://localhost:${await homes.listening(createTlsServer(certificate))}`;
    const endpoints = { node: null, vault, custodian: null, inbox: null };
    await custody.update(custody.vault.member, { endpoints });
    expect(faultsIn(await examine())).toEqual(['expired-certificate']);
    await custody.update(custody.vault.member, { endpoints: { ...endpoints, vault: null } });
  });

  it('finds objects that were set aside and not mended', async () => {
    for (const pack of packs()) homes.rot(pack);
    const vault = await homes.openVault();
    const { damaged } = await vault.scrub();
    await vault.close();
    const findings = await examine();
    expect(faultsIn(findings)).toEqual(['damaged-objects']);
    expect(findings[0]!.what).toContain(`0 are altered; ${damaged} are set aside`);
  });
});

describe('the doctor of a custodian', { timeout: SLOW_MS }, () => {
  const examine = async () => (await examineCustodian(homes.options('custodian'))).findings;

  it.each<[string, () => void]>([
    ['damaged', () => homes.rot(homes.inside('custodian', 'shares.db'), SECOND_PAGE)],
    ['gone', () => rmSync(homes.inside('custodian', 'shares.db'))],
  ])('finds shares whose database is %s', async (_, damage) => {
    damage();
    const findings = await examine();
    expect(faultsIn(findings)).toEqual(['corrupted-store']);
    expect(findings[0]!.what).toContain('shares.db');
  });

  it.each<[string, () => void, RegExp]>([
    ['is missing', () => rmSync(homes.inside('custodian', 'home.key')), /home.key is missing/],
    [
      ...(['is of another home'] as const),
      () => writeFileSync(homes.inside('custodian', 'home.key'), new Uint8Array(32)),
      /Of 5 shares 5 were tried: 5 do not open/,
    ],
  ])('finds shares whose key %s', async (_, damage, told) => {
    damage();
    const findings = await examine();
    expect(faultsIn(findings)).toEqual(['unreadable-shares']);
    expect(findings[0]!.what).toMatch(told);
  });

  it('finds keys that are not the ones that it published', async () => {
    for (const name of ['sealing.key', 'receipt.key']) {
      writeFileSync(homes.inside('custodian', name), new Uint8Array(32).fill(7));
    }
    const findings = await examine();
    expect(faultsIn(findings)).toEqual(['wrong-key', 'wrong-key']);
    const [sealing, receipt] = findings;
    expect([sealing!.what, receipt!.what].map((what) => what.split(' ')[0])).toEqual([
      ...['sealing.key', 'receipt.key'],
    ]);
  });
});
