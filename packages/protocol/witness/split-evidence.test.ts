import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { describe, expect, it } from 'vitest';
import type { LightBlock } from '../block/header.ts';
import { checkpointOrigin } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import { SplitEvidence, verifySplitEvidence } from './split-evidence.ts';

const crypto = await loadCrypto();
const TIME = 1_800_000_000;
const NAME = 'example-1';
const network = new Uint8Array(32).fill(1);
const chain = new RotatingChain({ chain: NAME, start: TIME, validators: 4, seed: 1, crypto });
const twin = chain.forkedFrom({ from: 3, appHash: new Uint8Array(32).fill(7) });
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(1));
const witnesses = [{ name: 'w', publicKey: keyPair.publicKey }];
const rules = { chain: NAME, trustingPeriodSeconds: 1000, clockDriftSeconds: 10 };

function noteOf(height: number, of: RotatingChain, origin = checkpointOrigin(network, NAME)) {
  const checkpoint = { origin, height, hash: of.hashAt(height) };
  return cosign({ checkpoint, time: TIME }, { name: 'w', keyPair }, crypto);
}

function judge(note: string, block: LightBlock, change: object = {}): string | undefined {
  const trust = { witnesses, network, rules, ...change };
  return codeOf(() => verifySplitEvidence({ note, block }, trust, crypto));
}

describe('evidence of a split view', () => {
  it('names the witness that saw another header, and travels as bytes', () => {
    const given = { note: noteOf(5, twin), block: chain.blockAt(5) };
    const evidence = SplitEvidence.decode(SplitEvidence.encode(given));
    const trust = { witnesses, network, rules };
    const [seen, ...others] = verifySplitEvidence(evidence, trust, crypto);
    expect(others).toEqual([]);
    expect(seen?.witness).toBe('w');
    expect(seen?.checkpoint.hash).toEqual(twin.hashAt(5));
  });

  it('is none where both saw the same, or spoke of two heights', () => {
    expect(judge(noteOf(5, chain), chain.blockAt(5))).toBe('EVIDENCE_INVALID');
    expect(judge(noteOf(6, twin), chain.blockAt(5))).toBe('EVIDENCE_INVALID');
  });

  it('is none by a stranger, or about another ledger', () => {
    const note = noteOf(5, twin);
    expect(judge(note, chain.blockAt(5), { witnesses: [] })).toBe('EVIDENCE_INVALID');
    const other = new Uint8Array(32);
    expect(judge(note, chain.blockAt(5), { network: other })).toBe('EVIDENCE_INVALID');
    const elsewhere = noteOf(5, twin, checkpointOrigin(other, NAME));
    expect(judge(elsewhere, chain.blockAt(5))).toBe('EVIDENCE_INVALID');
    expect(judge('no note', chain.blockAt(5))).toBe('NOTE_INVALID');
  });

  it('is none with a block that its own validators did not sign', () => {
    const block = chain.blockAt(5);
    const unsigned = { ...block, commit: { ...block.commit, signatures: [] } };
    expect(judge(noteOf(5, twin), unsigned)).toBe('HEADER_MISMATCH');
    const altered = { ...block, header: { ...block.header, appHash: network } };
    expect(judge(noteOf(5, twin), altered)).toBe('HEADER_MISMATCH');
  });
});
