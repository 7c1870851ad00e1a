import { type Lie, startLyingProxy } from '../../hostile/index.ts';
import { reached } from '../network-steps/same-ledger.ts';
import { DidNotHold, demand, demandRefusal } from '../step.ts';
import type { WalkState } from '../walk-state.ts';

/** Runs work while a server's answers are rewritten. @returns What the work gave. */
export async function lieDuring<T>(
  state: WalkState,
  { origin, lies }: { origin: string; lies: readonly Lie[] },
  work: () => Promise<T>,
): Promise<T> {
  const proxy = await startLyingProxy({ target: origin, lies });
  state.redirects.set(origin, proxy.origin);
  try {
    return await work();
  } finally {
    state.redirects.delete(origin);
    await proxy.close();
  }
}

/** What a lying node could do, and what has to come of it. */
export interface NodeLie<T> {
  readonly lie: Lie;
  /** With which the lie is refused. */
  readonly code: string;
  /** What a wallet reads meanwhile. */
  work(): Promise<T>;
  /** Whether it read the truth. */
  isTrue(read: T): boolean;
}

/**
 * Nodes lie while a wallet reads. The only one: the wallet refuses. All but one of several: the
 * wallet goes on until it has the truth.
 *
 * @returns How it came out.
 * @throws DidNotHold when a lie was believed, or none was told.
 */
export async function catchLyingNodes<T>(state: WalkState, told: NodeLie<T>): Promise<string> {
  const { nodes } = state.network;
  const origins = nodes.map(({ origin }) => origin);
  if (origins.length === 1) {
    const { lie, code, work } = told;
    return lieDuring(state, { origin: origins[0]!, lies: [lie] }, () =>
      demandRefusal([code], work),
    );
  }
  // Whom the wallet asks first is its own choice: lies count once it has heard one.
  for (const honest of nodes.toReversed()) {
    const liars = origins.filter((origin) => origin !== honest.origin);
    // A node that is a block behind what the wallet has seen could not tell the truth yet.
    const { header } = await state.wallet.ledger.head();
    await reached(honest, header.height);
    if ((await lieAll(state, liars, told)) > 0) {
      return `${liars.length} of ${origins.length} nodes lied, the other gave the truth`;
    }
  }
  throw new DidNotHold('the wallet asked a node that lies');
}

/** @returns How often a lie was told. */
async function lieAll<T>(
  state: WalkState,
  liars: readonly string[],
  { lie, work, isTrue }: NodeLie<T>,
): Promise<number> {
  let told = 0;
  const tell: Lie['tell'] = (answer, asked) => {
    told++;
    return lie.tell(answer, asked);
  };
  const among = (left: readonly string[]): Promise<T> => {
    const [origin, ...others] = left;
    if (origin === undefined) return work();
    return lieDuring(state, { origin, lies: [{ ...lie, tell }] }, () => among(others));
  };
  demand(isTrue(await among(liars)), 'the wallet has the truth from the node that does not lie');
  return told;
}
