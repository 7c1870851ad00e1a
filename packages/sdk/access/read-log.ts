import {
  type Actor,
  type Entry,
  Entry as EntryFormat,
  entrySlot,
  explainSlots,
  Grant,
  groupByEntry,
  type LogEntry,
  type Notice,
  openActor,
  refusedAttempts,
} from '@ward/charts';
import { type AccountId, type Digest, type Height, type Seconds, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { readMailboxes } from '../records/list-own-units.ts';
import { type SlotRow, type WalkedRow, walkRows } from '../records/walk.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';

/** One opening, with who may have asked. */
export interface LoggedOpening extends LogEntry {
  readonly grantee: AccountId;
  /** Told by no custodian: shown as unexplained, with the organisation that wrote it. */
  readonly isUnexplained: boolean;
}

/** An attempt that custodians refused, as they told it. */
export interface LoggedRefusal {
  readonly time: Seconds;
  readonly grantee: AccountId;
  readonly custodian: AccountId;
  readonly verdict: string;
  readonly entry: Entry;
  readonly actor: Actor | undefined;
}

/** More openings or refusals than a mailbox takes in a day: their number, as it was told. */
export interface LoggedCount {
  readonly time: Seconds;
  readonly custodian: AccountId;
  readonly count: number;
}

/** Who looked, as the owner proves it alone. */
export interface OwnersLog {
  readonly openings: readonly LoggedOpening[];
  readonly refusals: readonly LoggedRefusal[];
  /** Notices that came as a count only; the openings among them are unexplained. */
  readonly counts: readonly LoggedCount[];
  /** For each grant that was ever made: the first place that the ledger proves empty. */
  readonly complete: readonly { readonly leaf: Digest; readonly firstAbsent: number }[];
  /** Vaults whose mailbox could not be read: what is unexplained may be explained there. */
  readonly away: readonly AccountId[];
  /** Height of the state under which the last absence was proved. */
  readonly height: Height;
}

/**
 * The log of a chart: for every grant ever made its entries are walked to the first that the ledger
 * proves absent, and each is matched with what custodians put into the mailbox.
 *
 * @throws WardError what the ledger's proofs throw.
 */
export async function readLog(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<OwnersLog> {
  const { notices, away } = await readMailboxes(wallet, kept, connection);
  const grants = [...kept.grants.values()].map(({ leaf, grant }) => ({
    leaf,
    grant: Grant.decode(grant),
  }));
  const rows = grants.map(({ grant }) => entryRow(grant, connection));
  const walked = await walkRows(rows, connection);
  const openings: LoggedOpening[] = [];
  const mailboxes = wallet.mailboxes(kept);
  const told = groupByEntry(notices, wallet.realm);
  for (const [i, made] of grants.entries()) {
    const { slots } = walked[i]!;
    const log = await explainSlots({ made, slots, notices: told }, mailboxes, wallet.realm);
    const { grantee } = made.grant;
    openings.push(
      ...log.map((entry) => ({ ...entry, grantee, isUnexplained: entry.entry === undefined })),
    );
  }
  openings.sort((a, b) => a.time - b.time);
  return {
    openings,
    refusals: await readRefusals(wallet, kept, notices),
    counts: notices.flatMap(({ time, notice }) =>
      notice.kind === 'summary' ? [{ time, custodian: notice.custodian, count: notice.count }] : [],
    ),
    complete: grants.map(({ leaf }, i) => ({ leaf, firstAbsent: walked[i]!.firstAbsent })),
    away,
    height: await lowest(walked, connection),
  };
}

/** The state by which the whole log is known; where there is no grant, the newest one. */
async function lowest(walked: readonly WalkedRow[], { ledger }: Connection): Promise<Height> {
  if (walked.length === 0) return (await ledger.head()).header.height;
  return walked.reduce((least, { height }) => Math.min(least, height), Number.MAX_SAFE_INTEGER);
}

/** Entries of a grant, as a row. */
function entryRow({ grantee, openSecret }: Grant, { realm }: Connection): SlotRow {
  return { slotAt: (n) => entrySlot({ grantee, openSecret, n }, realm) };
}

async function readRefusals(
  wallet: Wallet,
  kept: KeptChart,
  notices: readonly Notice[],
): Promise<LoggedRefusal[]> {
  const mailboxes = wallet.mailboxes(kept);
  const times = new Map(notices.map(({ notice, time }) => [notice, time]));
  const refusals: LoggedRefusal[] = [];
  for (const attempt of refusedAttempts(notices)) {
    const entry = EntryFormat.decode(attempt.entry);
    const { grantee, custodian, verdict } = attempt;
    const actor = await openActor(entry, mailboxes, wallet.realm);
    refusals.push({ time: times.get(attempt)!, grantee, custodian, verdict, entry, actor });
  }
  return refusals;
}

/** Whether every grant of the wallet was walked: nothing else could have been logged. */
export function isWholeLog(log: OwnersLog, kept: KeptChart): boolean {
  const walked = new Set(log.complete.map(({ leaf }) => toHex(leaf) as string));
  return [...kept.grants.keys()].every((leaf) => walked.has(leaf));
}
