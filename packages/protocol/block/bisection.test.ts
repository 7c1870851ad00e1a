import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { beforeEach, describe, expect, it } from 'vitest';
import { believeAcross } from './bisection.ts';
import type { LightBlock } from './header.ts';
import { trustFirstBlock } from './light-client.ts';
import { TrustedChain } from './trusted-chain.ts';

const crypto = await loadCrypto();
const START = 1_700_000_000;
const NOW = START + 500;
const RULES = { chain: 'test-chain', trustingPeriodSeconds: 1000, clockDriftSeconds: 10 };
const options = { chain: 'test-chain', start: START, validators: 4, seed: 1, crypto };
const ledger = new RotatingChain(options);
const strangers = new RotatingChain({ ...options, seed: 2 });
const first = trustFirstBlock(
  ledger.blockAt(1),
  { height: 1, hash: ledger.hashAt(1) },
  RULES,
  crypto,
);

let chain: TrustedChain;
let asked: number[];
beforeEach(() => {
  chain = new TrustedChain(first, RULES, crypto);
  asked = [];
});

function across(block: LightBlock, fetch = (height: number) => ledger.blockAt(height), floor = 1) {
  return believeAcross(chain, block, {
    floor,
    now: NOW,
    fetch: async (height) => {
      asked.push(height);
      return fetch(height);
    },
  });
}

describe('a block at a distance', () => {
  it('is believed at once while enough of the trusted validators are still there', async () => {
    await across(ledger.blockAt(4));
    expect(asked).toEqual([]);
  });

  it('is believed over blocks between when all validators have gone', async () => {
    const believed = await across(ledger.blockAt(60));
    expect(believed.hash).toEqual(ledger.hashAt(60));
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.length).toBeLessThan(60);
    expect(new Set(asked).size).toBe(asked.length);
    expect(chain.newest.header.height).toBe(60);
  });

  it('is asked for from the nearest block that is known, not from the first', async () => {
    await across(ledger.blockAt(30));
    asked = [];
    await across(ledger.blockAt(33));
    expect(asked).toEqual([]);
    await across(ledger.blockAt(16));
    expect(asked.every((height) => height < 16)).toBe(true);
  });

  it('of strangers is refused, however many blocks between there are', async () => {
    const target = strangers.blockAt(20);
    expect(await codeOfAsync(() => across(target))).toBe('HEADER_MISMATCH');
    expect(await codeOfAsync(() => across(target, (height) => strangers.blockAt(height)))).toMatch(
      /HEADER_(MISMATCH|UNTRUSTED)/,
    );
    expect(chain.newest.header.height).toBeLessThan(20);
  });

  it('is refused when the node gives another height than it was asked for', async () => {
    const behind = () => ledger.blockAt(2);
    expect(await codeOfAsync(() => across(ledger.blockAt(40), behind))).toBe('HEADER_MISMATCH');
    const ahead = () => ledger.blockAt(41);
    expect(await codeOfAsync(() => across(ledger.blockAt(40), ahead))).toBe('HEADER_MISMATCH');
    expect(asked).toHaveLength(2);
  });

  it('below the floor of the question is refused without a request', async () => {
    const fetch = (height: number) => ledger.blockAt(height);
    expect(await codeOfAsync(() => across(ledger.blockAt(40), fetch, 41))).toBe('HEADER_BEHIND');
    expect(asked).toEqual([]);
  });

  it('is not reached when the node stops to answer', async () => {
    const gone = () => {
      throw new Error('connection refused');
    };
    await expect(across(ledger.blockAt(40), gone)).rejects.toThrow('connection refused');
    expect(chain.newest.header.height).toBe(1);
  });
});
