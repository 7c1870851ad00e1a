import { toHex } from '@ward/protocol';
import type { LoggedOpening } from '@ward/sdk';
import { demand, type Proof, type Step } from '../step.ts';
import type { WalkState } from '../walk-state.ts';

/** Step 7: who, when, why, which units; and nothing else. */
export const readLog: Step = {
  number: 7,
  title: 'The patient sees who looked, when, why, and at what',
  async run(state): Promise<Proof> {
    const { wallet, sharedKind } = state;
    const log = await wallet.access.log(sharedKind);
    demand(log.openings.length === 1, `the log has ${log.openings.length} openings of one`);
    const opening = log.openings[0]!;
    demand(!opening.isUnexplained, 'the opening is explained');
    demand(opening.actor !== undefined, 'the organisation says who acted, and cannot change it');
    const row = log.complete.find(({ leaf }) => toHex(leaf) === toHex(state.leaf!));
    demand(row?.firstAbsent === 1, 'the walk ends at the first empty slot');
    return {
      proof:
        'one opening; the ledger proves that slot 1 of the grant is empty, so there is no other ' +
        `(height ${log.height})`,
      details: [await describe(opening, state)],
    };
  },
};

/** One opening in words. */
export async function describe(
  { entry, actor, time, grantee, n }: LoggedOpening,
  { wallet }: WalkState,
): Promise<string> {
  const { name } = await wallet.directory.show(grantee);
  const who = actor === undefined ? 'somebody' : `${actor.name}, ${actor.role}`;
  const when = new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ');
  const why = entry === undefined ? 'unexplained' : `${entry.purpose}, ${entry.reason}`;
  const what = entry?.labels.map((label) => toHex(label).slice(0, 8)).join(', ') ?? '?';
  return `${when}  ${name}: ${who}; ${why}; opening ${n}, unit ${what}`;
}
