import { type ParsedManifest, parseManifest, type Source, unitSlot } from '@ward/charts';
import { carriedSlot, LEDGER_LIMITS, Slot, slotKey } from '@ward/ledger/schema';
import { type Digest, type Height, type Seconds, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import type { Vaults } from '../connection/vaults.ts';

/** How far ahead a walk looks at first, and at most. */
const STRIDE_MIN = 8;
const STRIDE_MAX = 1000;
/** Most slots of one walk. */
const WALK_MAX = 1_000_000;

/** A row of slots, written one after the other; undefined behind its last possible place. */
export interface SlotRow {
  slotAt(n: number): Digest | undefined;
  /** First place that is not known yet. */
  readonly from?: number;
}

/** A slot that the ledger proves, in the order in which its writer wrote it. */
export interface WalkedSlot {
  readonly n: number;
  readonly value: Digest;
  readonly time: Seconds;
}

/** A row as far as the ledger proves it. */
export interface WalkedRow {
  readonly slots: readonly WalkedSlot[];
  /** First place that is proved empty. */
  readonly firstAbsent: number;
  /** Height of the state that proves it. */
  readonly height: Height;
}

interface Walker {
  readonly row: SlotRow;
  readonly slots: WalkedSlot[];
  next: number;
  stride: number;
  height: Height | undefined;
}

/**
 * Walks rows of slots, each to the first that the ledger proves absent: nothing in between can be
 * hidden. Rows are walked together, so that ten thousand short ones take few requests.
 */
export async function walkRows(
  rows: readonly SlotRow[],
  connection: Connection,
): Promise<WalkedRow[]> {
  // Many rows are mostly short ones: then each gets fewer keys of a request at first.
  const share = Math.floor(LEDGER_LIMITS.provedKeysMax / rows.length);
  const stride = Math.max(1, Math.min(STRIDE_MIN, share));
  const walkers: Walker[] = rows.map((row) => {
    const next = row.from ?? 0;
    return { row, slots: [], next, stride, height: undefined };
  });
  let open = walkers;
  while (open.length > 0) {
    await walkOnce(open, connection);
    open = open.filter(({ height }) => height === undefined);
  }
  return walkers.map(({ slots, next, height }) => ({
    slots,
    firstAbsent: next,
    height: height!,
  }));
}

/** Takes as many walkers as one request has keys for, and moves them on. */
async function walkOnce(walkers: readonly Walker[], connection: Connection): Promise<void> {
  const steps: { walker: Walker; keys: Uint8Array[] }[] = [];
  let left: number = LEDGER_LIMITS.provedKeysMax;
  for (const walker of walkers) {
    if (left === 0) break;
    const keys: Uint8Array[] = [];
    while (keys.length < Math.min(walker.stride, left)) {
      const slot = walker.row.slotAt(walker.next + keys.length);
      if (slot === undefined) break;
      keys.push(slotKey(slot));
    }
    left -= keys.length;
    steps.push({ walker, keys });
  }
  const wanted = steps.flatMap(({ keys }) => keys);
  // The end of a row of given length needs no proof of absence, and nobody proves no keys at all.
  if (wanted.length === 0) {
    const { header } = await connection.ledger.head();
    for (const { walker } of steps) walker.height = header.height - 1;
    return;
  }
  const state = await connection.prove(wanted);
  for (const { walker, keys } of steps) {
    if (keys.length === 0 || walker.next >= WALK_MAX) walker.height = state.height;
    for (const key of keys) {
      const slot = state.record(Slot, key);
      if (slot === null) {
        walker.height = state.height;
        break;
      }
      walker.slots.push({ n: walker.next, ...slot });
      walker.next++;
    }
    walker.stride = Math.min(STRIDE_MAX, walker.stride * 4);
  }
}

/** Units of a source in one epoch, as a row. */
export function sourceRow(source: Source, { realm }: Connection, from = 0): SlotRow {
  return { slotAt: (n) => unitSlot({ source, n }, realm), from };
}

/** The owner's own units of an epoch, whose one-time keys the sources object announces. */
export function ownerRow(keys: readonly Uint8Array[], { realm }: Connection): SlotRow {
  return {
    slotAt: (n) => {
      const key = keys[n];
      return key === undefined ? undefined : carriedSlot(key, realm);
    },
  };
}

/** A walked unit with its manifest, or with why there is none. */
export interface FetchedUnit {
  readonly n: number;
  readonly time: Seconds;
  /** Value of the slot, and name of the manifest. */
  readonly commitment: Digest;
  readonly parsed: ParsedManifest | undefined;
  /** Every vault withholds it, or its writer committed to something that is no manifest. */
  readonly problem: 'withheld' | 'invalid' | undefined;
}

/** Fetches the manifests of walked units and recomputes label and root of each. */
export async function fetchUnits(
  slots: readonly WalkedSlot[],
  vaults: Vaults,
  connection: Connection,
): Promise<FetchedUnit[]> {
  const manifests = await vaults.manifests(slots.map(({ value }) => value));
  return slots.map(({ n, time, value: commitment }, i) => {
    const bytes = manifests[i];
    const unit = { n, time, commitment };
    if (bytes === undefined) return { ...unit, parsed: undefined, problem: 'withheld' };
    try {
      return { ...unit, parsed: parseManifest(bytes, connection.realm), problem: undefined };
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      return { ...unit, parsed: undefined, problem: 'invalid' };
    }
  });
}
