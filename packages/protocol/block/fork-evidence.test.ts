import { loadCrypto } from '@ward/protocol/crypto';
import { fuzz } from '@ward/testkit/fuzz';
import { codeOf } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { beforeEach, describe, expect, it } from 'vitest';
import { ForkEvidence, makeForkEvidence, verifyForkEvidence } from './fork-evidence.ts';
import { type LightBlock, validatorAddress } from './header.ts';
import { trustFirstBlock } from './light-client.ts';
import { TrustedChain } from './trusted-chain.ts';

const crypto = await loadCrypto();
const START = 1_700_000_000;
const RULES = { chain: 'test-chain', trustingPeriodSeconds: 1000, clockDriftSeconds: 10 };
const ledger = new RotatingChain({
  ...{ chain: 'test-chain', start: START, validators: 5, seed: 1, crypto },
});
const appHash = new Uint8Array(32).fill(7);
const twin = ledger.forkedFrom({ from: 5, appHash });

let chain: TrustedChain;
beforeEach(() => {
  const named = { height: 3, hash: ledger.hashAt(3) };
  chain = new TrustedChain(trustFirstBlock(ledger.blockAt(3), named, RULES, crypto), RULES, crypto);
});
const believe = (block: LightBlock) =>
  codeOf(() => chain.believe(block, { floor: 1, now: START + 20 }));

/** What a stranger finds in the evidence after it travelled as bytes. */
function verdict() {
  const evidence = ForkEvidence.decode(ForkEvidence.encode(chain.fork!));
  return verifyForkEvidence(evidence, RULES, crypto);
}

describe('a fork that a client sees', () => {
  it('leaves evidence of two headers of one height, and names who signed both', () => {
    expect(believe(ledger.blockAt(5))).toBeUndefined();
    expect(chain.fork).toBeUndefined();
    expect(believe(twin.blockAt(5))).toBe('HEADER_FORK');
    const fork = verdict();
    expect(fork.common).toEqual({ height: 3, hash: ledger.hashAt(3) });
    expect([fork.height, ...fork.hashes]).toEqual([5, ledger.hashAt(5), twin.hashAt(5)]);
    const all = ledger.validatorsAt(5).map((one) => validatorAddress(one.publicKey, crypto));
    expect(fork.doubleSigners).toEqual(all);
  });

  it('leaves evidence of neighbours that are not linked, on either side', () => {
    believe(ledger.blockAt(4));
    believe(ledger.blockAt(5));
    expect(believe(twin.blockAt(6))).toBe('HEADER_FORK');
    expect(verdict()).toMatchObject({ common: { height: 4 }, height: 5, doubleSigners: [] });
  });

  it('leaves evidence when the earlier of two neighbours comes later', () => {
    believe(twin.blockAt(6));
    expect(believe(ledger.blockAt(5))).toBe('HEADER_FORK');
    expect(verdict()).toMatchObject({ common: { height: 3 }, height: 5 });
  });

  it('leaves evidence against its first block, whose signatures it does not have', () => {
    const other = ledger.forkedFrom({ from: 3, appHash });
    expect(believe(other.blockAt(4))).toBe('HEADER_FORK');
    expect(chain.fork?.blocks).toHaveLength(1);
    expect(verdict()).toMatchObject({ common: { height: 3 }, height: 3 });
  });

  it('keeps the evidence of the first one', () => {
    believe(ledger.blockAt(5));
    believe(twin.blockAt(5));
    const before = chain.fork;
    expect(believe(twin.blockAt(6))).toBe('HEADER_FORK');
    expect(chain.fork).toBe(before);
  });

  it('is none when the other header was not signed', () => {
    believe(ledger.blockAt(5));
    const block = twin.blockAt(5);
    const signatures = block.commit.signatures.slice(0, 3);
    expect(believe({ ...block, commit: { ...block.commit, signatures } })).toBe('HEADER_MISMATCH');
    expect(chain.fork).toBeUndefined();
  });
});

describe('evidence of a fork', () => {
  const common = (height: number) => ledger.blockAt(height);
  const judge = (from: LightBlock, blocks: readonly LightBlock[], rules = RULES) =>
    codeOf(() => verifyForkEvidence(makeForkEvidence(from, blocks), rules, crypto));
  const pair = [ledger.blockAt(5), twin.blockAt(5)];

  it('counts for ever, whatever the clock says', () => {
    expect(judge(common(4), pair)).toBeUndefined();
  });

  it('is none where both may stand in one chain', () => {
    expect(judge(common(4), [pair[0]!, pair[0]!])).toBe('EVIDENCE_INVALID');
    expect(judge(common(4), [ledger.blockAt(5), ledger.blockAt(6)])).toBe('EVIDENCE_INVALID');
    expect(judge(common(4), [ledger.blockAt(5), twin.blockAt(7)])).toBe('EVIDENCE_INVALID');
    expect(judge(common(4), [ledger.blockAt(5)])).toBe('EVIDENCE_INVALID');
  });

  it('is none for another chain, or with validators that the common block does not name', () => {
    expect(judge(common(4), pair, { ...RULES, chain: 'other' })).toBe('EVIDENCE_INVALID');
    const { nextValidators } = ledger.blockAt(9);
    expect(judge({ ...common(4), nextValidators }, pair)).toBe('EVIDENCE_INVALID');
  });

  it('is none where a side does not follow from the common block', () => {
    const far = [ledger.blockAt(6), twin.blockAt(6)];
    expect(judge(common(1), far)).toBe('HEADER_UNTRUSTED');
    expect(judge(common(5), pair)).toBe('HEADER_BEHIND');
    const short = { ...RULES, trustingPeriodSeconds: 1 };
    expect(judge(common(4), pair, short)).toBe('TRUST_EXPIRED');
    const forged = { ...pair[1]!, header: { ...pair[1]!.header, appHash: new Uint8Array(32) } };
    expect(judge(common(4), [pair[0]!, forged])).toBe('HEADER_MISMATCH');
  });

  it('is refused with a code, whatever was altered in it, unless it still holds', () => {
    const bytes = ForkEvidence.encode(makeForkEvidence(common(4), pair));
    const parse = (altered: Uint8Array) =>
      verifyForkEvidence(ForkEvidence.decode(altered), RULES, crypto);
    const report = fuzz({ parse, samples: [bytes] }, { seed: 1, runs: 5000 });
    expect(report.codes.get('HEADER_MISMATCH')).toBeGreaterThan(50);
    expect(report.codes.get('EVIDENCE_INVALID')).toBeGreaterThan(5);
  });
});
