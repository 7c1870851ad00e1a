import {
  type Digest,
  equalBytes,
  type OpeningKey,
  type Realm,
  type Seconds,
  toHex,
  WardError,
} from '@ward/protocol';
import type { Grant } from '../grant/grant.ts';
import { CHART_LIMITS } from '../limits.ts';
import { type Actor, Entry, entryDigest, openActor } from '../opening/entry.ts';
import { PERMITTED } from '../opening/errors.ts';
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

/** Notices of openings by the digest of the entry that they tell of. */
export type NoticesByEntry = ReadonlyMap<string, readonly OpeningNotice[]>;

type OpeningNotice = Extract<Notice['notice'], { kind: 'opening' }>;

/**
 * Explains the slots of one grant by the notices of the mailbox. A notice explains a slot only if
 * its entry and salt have the slot's value: nobody can explain away an opening by telling another.
 *
 * @param notices Of the mailbox, as they are or grouped.
 * @param mailboxes Opening keys that the chart's mailbox has or had.
 */
export async function explainSlots(
  {
    made,
    slots,
    notices,
  }: {
    made: MadeGrant;
    slots: readonly EntrySlot[];
    notices: readonly Notice[] | NoticesByEntry;
  },
  mailboxes: readonly OpeningKey[],
  realm: Realm,
): Promise<LogEntry[]> {
  const byDigest = isList(notices) ? groupByEntry(notices, realm) : notices;
  const log: LogEntry[] = [];
  for (const { n, value, time } of slots) {
    const told = byDigest.get(toHex(value)) ?? [];
    const entry = told.map(readEntry).find((each) => each && equalBytes(each.leaf, made.leaf));
    log.push({
      leaf: made.leaf,
      n,
      time,
      entry,
      actor: entry && (await timelyActor({ entry, time }, mailboxes, realm)),
      verdicts: told.map(({ custodian, verdict }) => ({ custodian, verdict })),
    });
  }
  return log;
}

function isList(notices: readonly Notice[] | NoticesByEntry): notices is readonly Notice[] {
  return Array.isArray(notices);
}

/**
 * The entry that a notice tells of. Undefined where it is none: a grantee can commit to anything
 * and have it told, and must not spoil the log with it.
 */
function readEntry({ entry }: OpeningNotice): Entry | undefined {
  try {
    return Entry.decode(entry);
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

/** Who acted, if that person signed when the entry was made: an old signature says nothing. */
async function timelyActor(
  { entry, time }: { entry: Entry; time: Seconds },
  mailboxes: readonly OpeningKey[],
  realm: Realm,
): Promise<Actor | undefined> {
  const actor = await openActor(entry, mailboxes, realm);
  if (actor === undefined) return undefined;
  return Math.abs(time - actor.time) <= CHART_LIMITS.entryAgeSecondsMax ? actor : undefined;
}

/** Groups notices once, for {@link explainSlots} of many grants. */
export function groupByEntry(notices: readonly Notice[], realm: Realm): NoticesByEntry {
  const groups = new Map<string, OpeningNotice[]>();
  for (const { notice } of notices) {
    if (notice.kind !== 'opening') continue;
    const digest = entryDigest({ salt: notice.entrySalt, entry: notice.entry }, realm);
    const key = toHex(digest);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [notice]);
    else group.push(notice);
  }
  return groups;
}

/** All that custodians refused, in the ledger or not; without what is no entry at all. */
export function refusedAttempts(notices: readonly Notice[]): OpeningNotice[] {
  return notices
    .map(({ notice }) => notice)
    .filter((notice): notice is OpeningNotice => notice.kind === 'opening')
    .filter((notice) => notice.verdict !== PERMITTED && readEntry(notice) !== undefined);
}
