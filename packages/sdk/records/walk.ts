import { type ParsedManifest, parseManifest, type Source, unitSlot } from '@ward/charts';
import { carriedSlot, Slot, slotKey } from '@ward/ledger/schema';
import { type Digest, type Seconds, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import type { Vaults } from '../connection/vaults.ts';

/** First page of a walk, and the largest: most sources are short. */
const PAGE_MIN = 32;
const PAGE_MAX = 1000;
/** Most slots of one source. */
const WALK_MAX = 1_000_000;

/** A slot that the ledger proves, in the order in which its writer wrote it. */
export interface WalkedUnit {
  readonly n: number;
  /** Commitment: name of the manifest. */
  readonly commitment: Digest;
  readonly time: Seconds;
}

/**
 * Walks slots from 0 to the first that the ledger proves absent: nothing in between can be hidden.
 *
 * @param slotAt Where slot n stands.
 * @param from First n that is not known yet.
 */
export async function walkSlots(
  slotAt: (n: number) => Digest | undefined,
  { from = 0 }: { readonly from?: number },
  connection: Connection,
): Promise<WalkedUnit[]> {
  const walked: WalkedUnit[] = [];
  let page = PAGE_MIN;
  for (let n = from; n < WALK_MAX; page = Math.min(PAGE_MAX, page * 4)) {
    const slots: Digest[] = [];
    for (let i = 0; i < page; i++) {
      const slot = slotAt(n + i);
      if (slot === undefined) break;
      slots.push(slot);
    }
    if (slots.length === 0) return walked;
    const keys = slots.map(slotKey);
    const state = await connection.prove(keys);
    for (const key of keys) {
      const slot = state.record(Slot, key);
      if (slot === null) return walked;
      walked.push({ n, commitment: slot.value, time: slot.time });
      n++;
    }
  }
  return walked;
}

/** Walks the units of a source in one epoch. */
export function walkSource(
  source: Source,
  connection: Connection,
  from = 0,
): Promise<WalkedUnit[]> {
  const { realm } = connection;
  return walkSlots((n) => unitSlot({ source, n }, realm), { from }, connection);
}

/** Walks the owner's own units of an epoch, whose one-time keys the sources object announces. */
export function walkOwnerKeys(
  keys: readonly Uint8Array[],
  connection: Connection,
): Promise<WalkedUnit[]> {
  const slotAt = (n: number) => {
    const key = keys[n];
    return key === undefined ? undefined : carriedSlot(key, connection.realm);
  };
  return walkSlots(slotAt, {}, connection);
}

/** A walked unit with its manifest, or with why there is none. */
export interface FetchedUnit extends WalkedUnit {
  readonly parsed: ParsedManifest | undefined;
  /** Every vault withholds it, or its writer committed to something that is no manifest. */
  readonly problem: 'withheld' | 'invalid' | undefined;
}

/** Fetches the manifests of walked units and recomputes label and root of each. */
export async function fetchUnits(
  units: readonly WalkedUnit[],
  vaults: Vaults,
  connection: Connection,
): Promise<FetchedUnit[]> {
  const manifests = await vaults.manifests(units.map(({ commitment }) => commitment));
  return units.map((unit, i) => {
    const bytes = manifests[i];
    if (bytes === undefined) return { ...unit, parsed: undefined, problem: 'withheld' };
    try {
      return { ...unit, parsed: parseManifest(bytes, connection.realm), problem: undefined };
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      return { ...unit, parsed: undefined, problem: 'invalid' };
    }
  });
}
