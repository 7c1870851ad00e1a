import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { describe, expect, it } from 'vitest';
import { makeForkEvidence } from '../block/fork-evidence.ts';
import { validatorsHash } from '../block/header.ts';
import { checkpointOrigin } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import {
  evidenceAlarm,
  evidenceHeight,
  LedgerEvidence,
  verifyLedgerEvidence,
} from './ledger-evidence.ts';
import { formatNote, parseNote } from './signed-note.ts';

const crypto = await loadCrypto();
const TIME = 1_800_000_000;
const CHAIN = 'example-1';
const network = new Uint8Array(32).fill(1);
const chain = new RotatingChain({ chain: CHAIN, start: TIME, validators: 4, seed: 1, crypto });
const twin = chain.forkedFrom({ from: 3, appHash: new Uint8Array(32).fill(7) });
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(1));
const witnesses = [{ name: 'w', publicKey: keyPair.publicKey }];
const rules = { chain: CHAIN, trustingPeriodSeconds: 1000, clockDriftSeconds: 10 };
const trust = { network, rules, witnesses };

const checkpoint = {
  ...{ origin: checkpointOrigin(network, CHAIN), height: 5 },
  hash: twin.hashAt(5),
};
const note = cosign({ checkpoint, time: TIME }, { name: 'w', keyPair }, crypto);
const split: LedgerEvidence['shown'] = { kind: 'split', split: { note, block: chain.blockAt(5) } };
const common = { header: chain.blockAt(2).header, nextValidators: chain.validatorsAt(3) };
const fork: LedgerEvidence['shown'] = {
  kind: 'fork',
  fork: makeForkEvidence(common, [chain.blockAt(3), twin.blockAt(3)]),
};
const unproved: LedgerEvidence['shown'] = { kind: 'unproved', height: 9 };
const of = (shown: LedgerEvidence['shown']): LedgerEvidence => ({ network, chain: CHAIN, shown });
const verify = (evidence: LedgerEvidence) => verifyLedgerEvidence(evidence, trust, crypto);

describe('evidence against a ledger', () => {
  it('of a fork names the block that has to be believed, and who signed twice', () => {
    const travelled = LedgerEvidence.fromJson(LedgerEvidence.toJson(of(fork)));
    const proved = verify(LedgerEvidence.decode(LedgerEvidence.encode(travelled)));
    expect(common.header.nextValidatorsHash).toEqual(validatorsHash(common.nextValidators, crypto));
    expect(proved).toMatchObject({ kind: 'fork', height: 3, doubleSigners: 4 });
    expect(proved).toMatchObject({ common: { height: 2, hash: chain.hashAt(2) } });
    expect(proved.hashes).toEqual([chain.hashAt(3), twin.hashAt(3)]);
  });

  it('of a split view names who saw the other ledger', () => {
    const travelled = LedgerEvidence.decode(LedgerEvidence.encode(of(split)));
    expect(verify(travelled)).toEqual({
      ...{ kind: 'split', height: 5, witnesses: ['w'] },
      hashes: [chain.hashAt(5), twin.hashAt(5)],
    });
    const unknown = { ...trust, witnesses: [] };
    const code = codeOf(() => verifyLedgerEvidence(of(split), unknown, crypto));
    expect(code).toBe('EVIDENCE_INVALID');
  });

  it('proves nothing about another ledger, nor where nothing is shown', () => {
    for (const shown of [fork, split]) {
      const elsewhere = { ...of(shown), network: new Uint8Array(32) };
      expect(codeOf(() => verify(elsewhere))).toBe('EVIDENCE_INVALID');
      expect(codeOf(() => verify({ ...of(shown), chain: 'other-1' }))).toBe('EVIDENCE_INVALID');
    }
    expect(codeOf(() => verify(of(unproved)))).toBe('EVIDENCE_INVALID');
  });

  it('proves nothing once a block of it is altered', () => {
    const altered = { ...twin.blockAt(3), header: { ...twin.blockAt(3).header, height: 4 } };
    const other = makeForkEvidence(common, [chain.blockAt(3), altered]);
    expect(codeOf(() => verify(of({ kind: 'fork', fork: other })))).toBe('HEADER_MISMATCH');
    const same = { note, block: twin.blockAt(5) };
    expect(codeOf(() => verify(of({ kind: 'split', split: same })))).toBe('EVIDENCE_INVALID');
  });

  it('has one encoding, and is refused with a byte more, less or another version', () => {
    for (const shown of [fork, split, unproved]) {
      const bytes = LedgerEvidence.encode(of(shown));
      expect(LedgerEvidence.encode(LedgerEvidence.decode(bytes))).toEqual(bytes);
      const codeFor = (altered: Uint8Array) => codeOf(() => LedgerEvidence.decode(altered));
      expect(codeFor(bytes.slice(0, -1))).toBe('CBOR_TRUNCATED');
      expect(codeFor(Uint8Array.of(...bytes, 0))).toBe('CBOR_TRAILING');
      const later = bytes.slice();
      later[1] = 2;
      expect(codeFor(later)).toBe('FORMAT_VERSION');
    }
  });

  it('of a split view names each witness once, however often it signed', () => {
    const second = cosign({ checkpoint, time: TIME + 9 }, { name: 'w', keyPair }, crypto);
    const { text, signatures } = parseNote(note);
    const both = [...signatures, ...parseNote(second).signatures];
    const twice = formatNote({ text, signatures: both });
    const proved = verify(of({ kind: 'split', split: { note: twice, block: chain.blockAt(5) } }));
    expect(proved).toMatchObject({ kind: 'split', witnesses: ['w'] });
    expect(proved.hashes).toHaveLength(2);
  });

  it('is the reason of every refusal of whoever keeps it', () => {
    expect([fork, split, unproved].map(evidenceHeight)).toEqual([3, 5, 9]);
    const codes = [fork, split, unproved].map((shown) => evidenceAlarm(shown).code);
    expect(codes).toEqual(['HEADER_FORK', 'WITNESS_SPLIT', 'HEADER_FORK']);
    expect(evidenceAlarm(split).data).toEqual({ height: 5 });
  });
});
