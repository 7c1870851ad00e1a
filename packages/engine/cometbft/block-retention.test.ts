import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { TestChain } from '@ward/testkit/test-chain';
import { describe, expect, it } from 'vitest';
import { BlockRetention } from './block-retention.ts';

const crypto = await loadCrypto();
const ledger = governedLedger(crypto, {
  ...{ roles: [['provider']], validators: 1 },
  consensus: { evidenceBlocksMax: 10, evidenceSecondsMax: 600 },
});

describe('the blocks that CometBFT may forget', () => {
  it('are those that the ledger has pruned, when no evidence of them can come any more', () => {
    const chain = new TestChain(ledger);
    const retention = new BlockRetention(chain.machine);
    const grow = (blocks: number, seconds: number) => {
      for (let i = 0; i < blocks; i++) {
        chain.time += seconds;
        chain.block();
      }
    };
    grow(30, 100);
    expect(retention.height()).toBe(0);
    expect(chain.machine.prune(20)).toBe(20);
    expect(retention.height()).toBe(0);
    grow(1, 100);
    expect(retention.height()).toBe(20);
    expect(chain.machine.prune(25)).toBe(25);
    expect(retention.height()).toBe(20);
    grow(4, 1);
    expect(retention.height()).toBe(20);
    grow(1, 1);
    expect(retention.height()).toBe(25);
  });

  it('are none while too little time has passed, however many there were', () => {
    const chain = new TestChain(ledger);
    const retention = new BlockRetention(chain.machine);
    for (let i = 0; i < 300; i++) {
      chain.time += 1;
      chain.block();
    }
    const oldest = chain.machine.prune(40);
    expect(oldest).toBe(40);
    expect(retention.height()).toBe(0);
    chain.time += 600;
    chain.block();
    expect(retention.height()).toBe(40);
  });

  it('are found where the ledger keeps less than evidence may be old, over restarts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ward-retention-'));
    const path = join(folder, 'retention');
    const chain = new TestChain(ledger);
    const told: number[] = [];
    for (let i = 0; i < 300; i++) {
      chain.time += 10;
      chain.block();
      chain.machine.prune(chain.machine.height - 5);
      const retention = new BlockRetention(chain.machine, path);
      told.push(retention.height());
    }
    expect(told.slice(0, 60).every((height) => height === 0)).toBe(true);
    // 600 s are 60 blocks.
    expect(told.at(-1)).toBeGreaterThan(230);
    expect(told.at(-1)).toBeLessThan(240);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(readdirSync(folder)).toEqual(['retention']);
    rmSync(folder, { recursive: true });
  });

  it('are few more than they could be, however often the ledger prunes', () => {
    const chain = new TestChain(ledger);
    const retention = new BlockRetention(chain.machine);
    for (let i = 0; i < 3000; i++) {
      chain.time += 1;
      chain.block();
      chain.machine.prune(chain.machine.height - 2);
      const height = retention.height();
      if (i > 700) expect(chain.machine.height - height).toBeLessThan(625);
    }
  });

  it('are counted anew where what was remembered cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ward-retention-'));
    const path = join(folder, 'retention');
    writeFileSync(path, 'nothing of ours');
    const chain = new TestChain(ledger);
    expect(new BlockRetention(chain.machine, path).height()).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
