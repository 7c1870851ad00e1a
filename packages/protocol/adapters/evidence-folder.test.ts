import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LedgerEvidence, toHex } from '@ward/protocol';
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

  it('is kept once by any number of processes, whole and for its owner alone', () => {
    const others = [folder(), folder(), folder()];
    for (const each of others) each.keep(seenAt(7));
    for (const each of others) {
      expect(each.load()).toHaveLength(1);
      expect(each.alarm(ledger)?.data).toEqual({ height: 7 });
    }
    const [file, ...more] = readdirSync(join(home, 'evidence'));
    expect(more).toEqual([]);
    const path = join(home, 'evidence', file!);
    expect(LedgerEvidence.decode(new Uint8Array(readFileSync(path)))).toEqual(seenAt(7));
    expect(file).toBe(`${toHex(crypto.sha256(LedgerEvidence.encode(seenAt(7))))}.evidence`);
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(statSync(join(home, 'evidence')).mode & 0o077).toBe(0);
  });

  it('speaks by the first that counts, whatever else stands beside it', () => {
    for (const height of [3, 4, 5]) folder().keep(seenAt(height, other));
    expect(folder().alarm(ledger)).toBeUndefined();
    folder().keep(seenAt(9));
    expect(folder().alarm(ledger)?.data).toEqual({ height: 9 });
    expect(folder().load()).toHaveLength(4);
    expect(folder().setAside()).toBe(4);
    expect(folder().setAside()).toBe(0);
    folder().keep(seenAt(10));
    expect(folder().setAside()).toBe(1);
    expect(readdirSync(join(home, 'evidence', 'set-aside'))).toHaveLength(5);
  });

  it('fills no disk, and a half written file of a crash is none', () => {
    for (let height = 0; height < EVIDENCE_FILES_MAX + 5; height++) folder().keep(seenAt(height));
    expect(folder().load()).toHaveLength(EVIDENCE_FILES_MAX);
    folder().setAside();
    writeFileSync(join(home, 'evidence', 'abc.evidence.17.new'), 'half');
    expect(folder().load()).toEqual([]);
  });
});
