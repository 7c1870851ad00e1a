import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEvidence } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVIDENCE_FILES_MAX, EvidenceFolder } from './evidence-folder.ts';

const crypto = await loadCrypto();
const ledger = { network: new Uint8Array(32).fill(1), chain: 'example-1' };
const other = { network: new Uint8Array(32).fill(2), chain: 'example-1' };
const seenAt = (height: number, of = ledger): LedgerEvidence => {
  return { ...of, shown: { kind: 'unproved', height } };
};

let home: string;
const folder = () => new EvidenceFolder(home, crypto);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-evidence-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('evidence that a home keeps', () => {
  it('is none in a home that has seen none, and nothing is made there', () => {
    expect(folder().load()).toEqual([]);
    expect(folder().alarm(ledger)).toBeUndefined();
    expect(folder().setAside()).toBe(0);
    expect(readdirSync(home)).toEqual([]);
    writeFileSync(join(home, 'file'), 'no home');
    expect(new EvidenceFolder(join(home, 'file'), crypto).load()).toEqual([]);
  });

  it('is an alarm for whoever opens the home next', () => {
    folder().keep(seenAt(7));
    folder().keep(seenAt(7));
    expect(folder().load()).toMatchObject([{ evidence: seenAt(7) }]);
    const alarm = folder().alarm(ledger);
    expect([alarm?.code, alarm?.data]).toEqual(['HEADER_FORK', { height: 7 }]);
  });

  it('speaks against the ledger that it is about, and no other', () => {
    folder().keep(seenAt(7, other));
    expect(folder().alarm(ledger)).toBeUndefined();
    expect(folder().alarm({ ...other, chain: 'example-2' })).toBeUndefined();
    expect(folder().alarm(other)?.code).toBe('HEADER_FORK');
  });

  it('is an alarm as well when somebody has damaged it', () => {
    folder().keep(seenAt(7));
    const name = folder().load()[0]!.name;
    writeFileSync(join(home, 'evidence', `${name}.evidence`), 'nothing');
    expect(folder().load()).toEqual([{ name, evidence: undefined }]);
    expect(folder().alarm(ledger)?.code).toBe('HEADER_FORK');
  });

  it('is set aside by its owner alone, and never deleted', () => {
    folder().keep(seenAt(7));
    folder().keep(seenAt(8));
    expect(folder().setAside()).toBe(2);
    expect(folder().alarm(ledger)).toBeUndefined();
    expect(readdirSync(join(home, 'evidence', 'set-aside'))).toHaveLength(2);
    folder().keep(seenAt(7));
    expect(folder().alarm(ledger)?.code).toBe('HEADER_FORK');
  });

  it('fills no disk, and a half written file of a crash is none', () => {
    for (let height = 0; height < EVIDENCE_FILES_MAX + 5; height++) folder().keep(seenAt(height));
    expect(folder().load()).toHaveLength(EVIDENCE_FILES_MAX);
    folder().setAside();
    writeFileSync(join(home, 'evidence', 'abc.evidence.17.new'), 'half');
    expect(folder().load()).toEqual([]);
  });
});
