import {
  type Digest,
  equalBytes,
  type OpeningKey,
  type Realm,
  type Seconds,
  toHex,
} from '@ward/protocol';
import type { Grant } from '../grant/grant.ts';
import { type Actor, Entry, entryDigest, openActor } from '../opening/entry.ts';
import type { Notice } from './notice.ts';

/** A grant that was ever made, as the wallet remembers it. */
export interface MadeGrant {
  readonly leaf: Digest;
  readonly grant: Grant;
}

/** One entry that the ledger proves, with what the mailbox says of it. */
export interface LogEntry {
  readonly leaf: Digest;
  readonly n: number;
  readonly time: Seconds;
  /** Undefined: no custodian told of it. The slot is there, but nobody says what for. */
  readonly entry: Entry | undefined;
  /** Undefined also where the organisation did not say who acted. */
  readonly actor: Actor | undefined;
  /** Who was shown it, and what each decided. */
  readonly verdicts: readonly { readonly custodian: Uint8Array; readonly verdict: string }[];
}

/** A slot of a grant's entries, as the ledger proved it. */
export interface EntrySlot {
  readonly n: number;
  readonly value: Digest;
  readonly time: Seconds;
}

type OpeningNotice = Extract<Notice['notice'], { kind: 'opening' }>;

/**
 * Explains the slots of one grant by the notices of the mailbox, with the keys that it had. A notice explains a slot only if
 * its entry and salt have the slot's value: nobody can explain away an opening by telling another.
 */
export async function explainSlots(
  {
    made,
    slots,
    notices,
  }: { made: MadeGrant; slots: readonly EntrySlot[]; notices: readonly Notice[] },
  mailboxes: readonly OpeningKey[],
  realm: Realm,
): Promise<LogEntry[]> {
  const byDigest = groupByEntry(notices, realm);
  const log: LogEntry[] = [];
  for (const { n, value, time } of slots) {
    const told = byDigest.get(toHex(value)) ?? [];
    const entry = told.map((notice) => Entry.decode(notice.entry)).find(isOfGrant(made));
    log.push({
      leaf: made.leaf,
      n,
      time,
      entry,
      actor: entry && (await openActor(entry, mailboxes, realm)),
      verdicts: told.map(({ custodian, verdict }) => ({ custodian, verdict })),
    });
  }
  return log;
}

function isOfGrant({ leaf }: MadeGrant): (entry: Entry) => boolean {
  return (entry) => equalBytes(entry.leaf, leaf);
}

function groupByEntry(notices: readonly Notice[], realm: Realm): Map<string, OpeningNotice[]> {
  const groups = new Map<string, OpeningNotice[]>();
  for (const { notice } of notices) {
    if (notice.kind !== 'opening') continue;
    const digest = entryDigest({ salt: notice.entrySalt, entry: notice.entry }, realm);
    const key = toHex(digest);
    groups.set(key, [...(groups.get(key) ?? []), notice]);
  }
  return groups;
}

/** Openings that were refused without an entry of their own in the ledger: attempts. */
export function refusedAttempts(notices: readonly Notice[]): OpeningNotice[] {
  return notices
    .map(({ notice }) => notice)
    .filter((notice): notice is OpeningNotice => notice.kind === 'opening')
    .filter(({ verdict }) => verdict !== 'PERMITTED');
}
