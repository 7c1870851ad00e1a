import { currentKeys, isCurrent, type VerifiedHeader } from '@ward/charts';
import type { Digest, Height } from '@ward/protocol';
import { toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/** Charts that are remembered, and the largest roster that is. */
const VIEWS_MAX = 1000;
const ROSTER_BYTES_MAX = 64 * 1024;

/** A header of a granted chart with its roster, in which the grant stood. */
export interface RememberedView {
  readonly current: VerifiedHeader;
  readonly roster: Uint8Array;
}

const views = new WeakMap<Connection, Map<string, RememberedView>>();

/** Remembers what was proved to be current, for {@link recallView}. */
export function rememberView(leaf: Digest, view: RememberedView, connection: Connection): void {
  if (view.roster.length > ROSTER_BYTES_MAX) return;
  const known = views.get(connection) ?? new Map<string, RememberedView>();
  views.set(connection, known);
  const name = toHex(leaf);
  // Last in the order of the map: the one that was not used for longest goes first.
  known.delete(name);
  known.set(name, view);
  const [oldest] = known.keys();
  if (known.size > VIEWS_MAX) known.delete(oldest!);
}

/**
 * What is remembered of a grant, if the ledger proves now that its header is still the newest: then
 * nobody has to be asked for it. Undefined where it has changed, or nothing is remembered.
 */
export async function recallView(
  leaf: Digest,
  connection: Connection,
): Promise<(RememberedView & { readonly height: Height }) | undefined> {
  const known = views.get(connection)?.get(toHex(leaf));
  if (known === undefined) return undefined;
  const state = await connection.prove(currentKeys(known.current, connection.realm));
  if (!isCurrent(known.current, state, connection.realm)) return undefined;
  return { ...known, height: state.height };
}
