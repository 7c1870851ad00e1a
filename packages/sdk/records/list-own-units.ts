import {
  listNotices,
  type Notice,
  objectName,
  openNotice,
  type Source,
  sourceSecret,
} from '@ward/charts';
import { type AccountId, callEndpoint, toHex, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { requestSigner, Vaults } from '../connection/vaults.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, ownCount } from '../wallet/wallet-state.ts';
import { AccountReader, summarizeUnit, type UnitSummary } from './unit-summary.ts';
import {
  type FetchedUnit,
  fetchUnits,
  ownerRow,
  sourceRow,
  type WalkedSlot,
  walkRows,
} from './walk.ts';

const NOTICES_MAX = 1_000_000;
/** Notices of a chart that stay open for the next time. */
const NOTICES_KEPT_MAX = 20_000;
const NOTICES_BYTES_MAX = 512 * 1024 * 1024;

/** A writer of an own chart, in one epoch. */
export interface OwnSource {
  readonly epoch: number;
  readonly source: Source;
  readonly isListed: boolean;
}

/** Told as the walk goes on, for progress. */
export interface WalkProgress {
  readonly sourcesDone: number;
  readonly sources: number;
  readonly units: number;
}

/**
 * Every unit of an own chart, found by walking each source of each epoch to its first absent slot:
 * what a vault withholds shows as a unit with a problem.
 *
 * @throws WardError what the ledger's proofs throw.
 */
export async function listOwnUnits(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
  onProgress: (progress: WalkProgress) => void = () => {},
): Promise<UnitSummary[]> {
  const vaults = new Vaults(kept.vaults, connection);
  const accounts = new AccountReader(connection);
  const notices = await readNotices(wallet, kept, connection);
  const sources = ownSources(wallet, kept, notices);
  const summaries: UnitSummary[] = [];
  const summarize = async (walked: readonly WalkedSlot[], place: SummaryPlace) => {
    const fetched = await fetchUnits(walked, vaults, connection);
    for (const unit of fetched) {
      summaries.push(await summarizeOwn(unit, place, { wallet, kept }, accounts, connection));
    }
  };
  const rows = sources.map(({ source }) => sourceRow(source, connection));
  const owners = [...kept.epochs.keys()].map((epoch) => ({
    epoch,
    keys: wallet.ownerKeys(kept, epoch, ownCount(kept, epoch)),
  }));
  rows.push(...owners.map(({ keys }) => ownerRow(keys, connection)));
  const walked = await walkRows(rows, connection);
  const places = [
    ...sources.map(({ epoch, source: { organisation }, isListed }) => ({
      epoch,
      organisation,
      isListed,
    })),
    ...owners.map(({ epoch }) => ({ epoch, organisation: null, isListed: true })),
  ];
  for (const [i, place] of places.entries()) {
    await summarize(walked[i]!.slots, place);
    onProgress({ sourcesDone: i + 1, sources: places.length, units: summaries.length });
  }
  return summaries.sort((a, b) => a.time - b.time || a.epoch - b.epoch || a.n - b.n);
}

interface SummaryPlace {
  readonly epoch: number;
  readonly organisation: AccountId | null;
  readonly isListed: boolean;
}

function summarizeOwn(
  unit: FetchedUnit,
  { epoch, organisation, isListed }: SummaryPlace,
  { wallet, kept }: { wallet: Wallet; kept: KeptChart },
  accounts: AccountReader,
  connection: Connection,
): Promise<UnitSummary> {
  const place = {
    chart: kept.chart,
    epoch,
    epochKey: wallet.epochKey(kept, epoch),
    organisation,
    isUnsolicited: !isListed,
    owners: kept.authorities.map(({ ck }) => ck),
    isErased: ({ commitment }: FetchedUnit) => kept.erasedUnits.has(toHex(commitment)),
  };
  return summarizeUnit(unit, place, accounts, connection);
}

/**
 * Who may have written: every card in every epoch, and for cards that anyone may use those who
 * knocked.
 */
export function ownSources(
  wallet: Wallet,
  kept: KeptChart,
  notices: readonly Notice[],
): OwnSource[] {
  const writers = new Map<string, { organisation: AccountId; writeSecret: Uint8Array }>();
  const add = (organisation: AccountId, writeSecret: Uint8Array) =>
    writers.set(`${toHex(organisation)}/${toHex(writeSecret)}`, { organisation, writeSecret });
  for (const { organisation, writeSecret } of kept.cards) {
    if (organisation !== null) add(organisation, writeSecret);
  }
  for (const { organisation, writeSecret } of kept.sources) add(organisation, writeSecret);
  for (const { notice } of notices) {
    if (notice.kind !== 'knock') continue;
    const card = kept.cards.find((each) => toHex(each.recipient) === toHex(notice.recipient));
    if (card !== undefined) add(notice.organisation, card.writeSecret);
  }
  const listed = new Set(
    kept.sources.map((each) => `${toHex(each.organisation)}/${toHex(each.writeSecret)}`),
  );
  const { crypto } = wallet.realm;
  return [...kept.epochs.keys()].flatMap((epoch) =>
    [...writers].map(([name, { organisation, writeSecret }]) => ({
      epoch,
      source: { organisation, secret: sourceSecret({ writeSecret, epoch }, crypto) },
      isListed: listed.has(name),
    })),
  );
}

/**
 * All notices of a chart from all its vaults, each once; what does not open is left out. Those of
 * one second are ordered by their boxes: in whichever order vaults answer, the list is the same.
 */
export async function readNotices(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<readonly Notice[]> {
  return (await readMailboxes(wallet, kept, connection)).notices;
}

/** Notices, and the vaults that did not give theirs. */
export interface ReadMailboxes {
  readonly notices: readonly Notice[];
  readonly away: readonly AccountId[];
}

/** As {@link readNotices}, saying whose mailbox could not be read. */
export async function readMailboxes(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<ReadMailboxes> {
  const key = wallet.requestKey(kept);
  const sealed = new Map<string, Uint8Array>();
  let size = 0;
  const vaults = new Vaults(kept.vaults, connection);
  const away = await vaults.readAll(async ({ organisation, transport }) => {
    const sign = requestSigner(connection, { audience: organisation, key });
    for (let after = 0; sealed.size < NOTICES_MAX && size < NOTICES_BYTES_MAX; ) {
      const request = { params: { chart: kept.chart }, query: { after }, body: null, sign };
      const { letters } = await callEndpoint(listNotices, request, transport);
      for (const letter of letters) {
        sealed.set(toHex(objectName(letter.sealed, connection.realm.crypto)), letter.sealed);
        size += letter.sealed.length;
      }
      // The last page is the one that is empty: how many a page holds is the vault's affair.
      const last = letters.at(-1)?.number ?? after;
      if (last <= after) break;
      after = last;
    }
  });
  const known = opened.get(kept) ?? new Map<string, Notice>();
  opened.set(kept, known);
  const notices: Notice[] = [];
  const named = [...sealed].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, letter] of named) {
    const notice = known.get(name) ?? (await tryOpen(letter, wallet, kept));
    if (notice === undefined) continue;
    notices.push(notice);
    if (known.size < NOTICES_KEPT_MAX) known.set(name, notice);
  }
  return { notices: notices.sort((a, b) => a.time - b.time), away };
}

/** Notices by the digest of their box: to open one costs more than all else done with it. */
const opened = new WeakMap<KeptChart, Map<string, Notice>>();

/** Anyone can drop rubbish into a mailbox; it says nothing. */
async function tryOpen(
  sealed: Uint8Array,
  wallet: Wallet,
  kept: KeptChart,
): Promise<Notice | undefined> {
  for (const key of wallet.mailboxes(kept)) {
    try {
      return await openNotice(sealed, { chart: kept.chart, key }, wallet.realm);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
    }
  }
  return undefined;
}
