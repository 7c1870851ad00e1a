import * as schema from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { PRODUCTIONS } from './grammar-messages.ts';
import { NAIVE_MESSAGES } from './naive-messages.ts';
import { simulateLedgers } from './run-seeds.ts';
import { simulateLedger } from './simulate-ledger.ts';

const crypto = await loadCrypto();

describe('a simulated ledger', () => {
  it('has a production and a plain second writing for every message of all contracts', () => {
    const messages = Object.values(schema).flatMap((value) => {
      const isKind = typeof value === 'object' && 'contract' in value && 'body' in value;
      return isKind && typeof value.name === 'string' ? [value.name] : [];
    });
    expect(messages.length).toBeGreaterThan(15);
    expect(Object.keys(PRODUCTIONS).sort()).toEqual(messages.sort());
    expect(NAIVE_MESSAGES.map(({ kind }) => kind.name).sort()).toEqual(messages);
  });

  it('does what the naive ledger says, whatever happens, and the same again', () => {
    const print = () => {};
    const report = simulateLedgers({ first: 11, last: 14, blocks: 40, crypto, print });
    expect(report.failures).toEqual([]);
    expect(report.blocks).toBe(160);
    const digests = [1, 2].map(() => simulateLedger(16, { blocks: 25, crypto }).digest);
    expect(digests[1]).toBe(digests[0]);
  }, 120_000);
});
