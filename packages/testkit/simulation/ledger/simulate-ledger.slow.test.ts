import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { simulateLedgers } from './run-seeds.ts';

const crypto = await loadCrypto();

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** What the command prints, under a language and a time zone. */
function printed(environment: { readonly LANG: string; readonly TZ: string }): string {
  const flags = ['--seeds', '3..4', '--blocks', '20'];
  const env = { ...process.env, ...environment, LC_ALL: environment.LANG };
  const text = execFileSync(process.execPath, [main, ...flags], { env, encoding: 'utf8' });
  return text.replace(/\d+ s of CPU/, '');
}

describe('simulated ledgers', () => {
  it('hold for many seeds, in which everything happened', () => {
    const report = simulateLedgers({
      ...{ first: 1, last: 150, blocks: 60, crypto },
      print: () => {},
    });
    expect(report.failures).toEqual([]);
    const wanted = ['killed', 'power lost', 'partition', 'prune', 'checkpoint', 'evidence'];
    const restored = ['restored from a copy', 'restored from a snapshot', 'UPGRADE_NEEDED'];
    for (const what of [...wanted, ...restored]) {
      expect(report.happened.get(what), what).toBeGreaterThan(0);
    }
    expect(report.verdicts.size).toBeGreaterThan(45);
  }, 600_000);

  it('is the same in any language and time zone', () => {
    const first = printed({ LANG: 'C', TZ: 'UTC' });
    expect(first).toContain('all held');
    expect(printed({ LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati' })).toBe(first);
  }, 120_000);
});
