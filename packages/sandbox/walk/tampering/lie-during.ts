import { type Lie, startLyingProxy } from '../../hostile/index.ts';
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
