import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { equalBytes, toHex } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { WardError } from '../errors/ward-error.ts';
import { evidenceAlarm, LedgerEvidence } from '../witness/ledger-evidence.ts';

/** One is enough to stop believing; more than these are not kept. */
export const EVIDENCE_FILES_MAX = 64;
const SUFFIX = '.evidence';
const ASIDE = 'set-aside';

/** A file of evidence; what is no evidence any more still is an alarm. */
export interface KeptEvidence {
  /** Its name: the digest of what is in it. */
  readonly name: string;
  /** Undefined where the file was damaged. */
  readonly evidence: LedgerEvidence | undefined;
}

/** Which ledger a home believes. */
export interface EvidenceLedger {
  readonly network: Uint8Array;
  readonly chain: string;
}

/**
 * Evidence against a ledger, kept in a home over restarts. It goes away only when its owner sets it
 * aside, and then it still stands in a folder below.
 */
export class EvidenceFolder {
  readonly #path: string;
  readonly #crypto: Crypto;

  /** @param home Folder of the home; nothing is made there before there is something to keep. */
  constructor(home: string, crypto: Crypto) {
    this.#path = join(home, 'evidence');
    this.#crypto = crypto;
  }

  /** What is kept, by name. */
  load(): KeptEvidence[] {
    return this.#names().map((name) => ({ name, evidence: this.#read(name) }));
  }

  /**
   * Why nothing of a ledger is to be believed; undefined where nothing speaks against it. Evidence
   * about another ledger does not count; a file that cannot be read does.
   */
  alarm({ network, chain }: EvidenceLedger): WardError | undefined {
    const kept = this.load().find(({ evidence }) => {
      if (evidence === undefined) return true;
      return equalBytes(evidence.network, network) && evidence.chain === chain;
    });
    if (kept === undefined) return undefined;
    if (kept.evidence === undefined) return refuse('HEADER_FORK', { height: 0 });
    return evidenceAlarm(kept.evidence.shown);
  }

  /** Keeps evidence; it is durable when this returns. What is kept already is kept once. */
  keep(evidence: LedgerEvidence): void {
    const bytes = LedgerEvidence.encode(evidence);
    const name = toHex(this.#crypto.sha256(bytes));
    const names = this.#names();
    if (names.includes(name) || names.length >= EVIDENCE_FILES_MAX) return;
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    const path = join(this.#path, name + SUFFIX);
    const staged = openSync(`${path}.${process.pid}.new`, 'w', 0o600);
    try {
      writeFileSync(staged, bytes);
      fsyncSync(staged);
    } finally {
      closeSync(staged);
    }
    renameSync(`${path}.${process.pid}.new`, path);
    syncFolder(this.#path);
    syncFolder(join(this.#path, '..'));
  }

  /**
   * Lets the owner of the home believe the ledger again. Nothing is deleted.
   *
   * @returns How many files were moved.
   */
  setAside(): number {
    const names = this.#names();
    if (names.length === 0) return 0;
    const aside = join(this.#path, ASIDE);
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    for (const name of names)
      renameSync(join(this.#path, name + SUFFIX), join(aside, name + SUFFIX));
    syncFolder(aside);
    syncFolder(this.#path);
    return names.length;
  }

  #names(): string[] {
    try {
      const files = readdirSync(this.#path).filter((name) => name.endsWith(SUFFIX));
      return files.map((name) => name.slice(0, -SUFFIX.length)).sort();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A home that is none yet, or no folder, has kept nothing.
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw error;
    }
  }

  #read(name: string): LedgerEvidence | undefined {
    const bytes = new Uint8Array(readFileSync(join(this.#path, name + SUFFIX)));
    try {
      return LedgerEvidence.decode(bytes);
    } catch (error) {
      if (error instanceof WardError) return undefined;
      throw error;
    }
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
