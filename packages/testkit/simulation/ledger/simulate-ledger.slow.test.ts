import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { simulateLedgers } from './run-seeds.ts';

const crypto = await loadCrypto();

describe('simulated ledgers', () => {
  it('hold for two hundred seeds, in which everything happened', () => {
    const report = simulateLedgers({
      ...{ first: 1, last: 200, blocks: 60, crypto },
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
});
