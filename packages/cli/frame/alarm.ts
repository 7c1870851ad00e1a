import { join } from 'node:path';
import { evidenceHeight, type LedgerEvidence } from '@ward/protocol';
import { EvidenceFolder, type KeptEvidence } from '@ward/protocol/evidence-folder';
import { fileError } from './files.ts';
import type { Platform } from './platform.ts';
import { painter } from './screen.ts';

/** Servers of a home, which keep evidence of their own. */
const SERVERS = ['node', 'vault', 'custodian', 'witness'] as const;

/** What one part of a home keeps against a ledger. */
export interface HomeEvidence {
  /** The home itself, or a server in it. */
  readonly keeper: 'home' | (typeof SERVERS)[number];
  readonly folder: EvidenceFolder;
  readonly kept: readonly KeptEvidence[];
}

/** All that a home and its servers keep against a ledger. */
export function evidenceOf(home: string, { crypto }: Pick<Platform, 'crypto'>): HomeEvidence[] {
  const keepers = ['home', ...SERVERS] as const;
  return keepers.flatMap((keeper) => {
    const path = keeper === 'home' ? home : join(home, keeper);
    const folder = new EvidenceFolder(path, crypto);
    const kept = folder.load();
    return kept.length === 0 ? [] : [{ keeper, folder, kept }];
  });
}

/** What was seen, in a few words. */
export function describeEvidence({ evidence }: KeptEvidence): string {
  if (evidence === undefined) return 'evidence that was damaged since';
  const { shown } = evidence;
  const at = `at height ${evidenceHeight(shown)}`;
  if (shown.kind === 'split') return `a witness was shown another block ${at}`;
  return shown.kind === 'fork'
    ? `two signed blocks that contradict each other, ${at}`
    : `a fork ${at} that the node itself proves to nobody`;
}

/** Says it so that nobody overlooks it, whatever the command does and however quiet it is. */
export function raiseAlarm({ terminal }: Pick<Platform, 'terminal'>, what: string): void {
  const paint = painter(terminal.colours.error);
  const lines = [
    `ALARM: this ledger showed two faces: ${what}.`,
    '       Nothing of it is believed any more. Somebody may be hiding accesses or revocations.',
    '       See ward ledger evidence list; ward ledger evidence export writes what others check.',
  ];
  terminal.writeError(`${lines.map((line) => paint('bad', line)).join('\n')}\n`);
}

/**
 * Raises the alarm for what a home has seen before. A home that cannot be read raises none here:
 * who opens it is refused.
 */
export function alarmOfHome(home: string, platform: Platform): void {
  let found: readonly HomeEvidence[] = [];
  try {
    found = evidenceOf(home, platform);
  } catch (error) {
    if (fileError(error) === error) throw error;
  }
  for (const { kept } of found) raiseAlarm(platform, describeEvidence(kept[0]!));
}

/** Raises the alarm for what a command has just seen. */
export function alarmNow(platform: Platform, shown: LedgerEvidence['shown']): void {
  const evidence = { network: new Uint8Array(32), chain: '', shown };
  raiseAlarm(platform, describeEvidence({ name: '', evidence }));
}
