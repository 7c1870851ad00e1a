import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as schema from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { PRODUCTIONS } from './grammar-messages.ts';
import { NAIVE_MESSAGES } from './naive-messages.ts';
import { simulateLedgers } from './run-seeds.ts';
import { simulateLedger } from './simulate-ledger.ts';

const crypto = await loadCrypto();
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** What the command prints, under a language and a time zone. */
function printed(environment: { readonly LANG: string; readonly TZ: string }): string {
  const flags = ['--seeds', '3..4', '--blocks', '20'];
  const env = { ...process.env, ...environment, LC_ALL: environment.LANG };
  const text = execFileSync(process.execPath, [main, ...flags], { env, encoding: 'utf8' });
  return text.replace(/\d+ s of CPU/, '');
}

describe('a simulated ledger', () => {
  it('has a production and a plain second writing for every message of all contracts', () => {
    const messages = Object.values(schema).flatMap((value) => {
      const isMessage = typeof value === 'object' && 'contract' in value && 'body' in value;
      return isMessage ? [`${value.name}`] : [];
    });
    expect(messages.length).toBeGreaterThan(15);
    expect(Object.keys(PRODUCTIONS).sort()).toEqual(messages.sort());
    expect(NAIVE_MESSAGES.map(({ kind }) => kind.name).sort()).toEqual(messages);
  });

  it('does what the naive ledger says, whatever happens, and the same again', () => {
    const print = () => {};
    const report = simulateLedgers({ first: 11, last: 16, blocks: 40, crypto, print });
    expect(report.failures).toEqual([]);
    expect(report.blocks).toBe(240);
    const digests = [1, 2].map(() => simulateLedger(16, { blocks: 40, crypto }).digest);
    expect(digests[1]).toBe(digests[0]);
  }, 120_000);

  it('is the same in any language and time zone', () => {
    const first = printed({ LANG: 'C', TZ: 'UTC' });
    expect(first).toContain('all held');
    expect(printed({ LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati' })).toBe(first);
  }, 120_000);
});
