import type { Proof, Step } from '../step.ts';
import { catchFalseKey, catchOldHead, catchOldHeader } from '../tampering/tamper-with-node.ts';
import {
  catchBlindedPoint,
  catchReplayedEntry,
  catchTwoCustodians,
  prepareSecondGrant,
} from '../tampering/tamper-with-openings.ts';
import {
  catchAlteredRecord,
  catchHiddenEntry,
  catchWithheldUnit,
} from '../tampering/tamper-with-vault.ts';
import type { WalkState } from '../walk-state.ts';

/** What somebody with root does, and by whom it is caught. */
export interface Tampering {
  readonly what: string;
  /** Only where time can be moved: nobody waits a month for it. */
  readonly movesTime?: boolean;
  catch(state: WalkState): Promise<string>;
}

const TAMPERINGS: readonly Tampering[] = [
  { what: 'alters a record in the vault', catch: catchAlteredRecord },
  { what: 'withholds a unit', catch: catchWithheldUnit },
  { what: 'hides an entry', catch: catchHiddenEntry },
  { what: 'serves an old head', catch: catchOldHead },
  { what: 'serves an old chart header', catch: catchOldHeader },
  { what: 'serves a false key of an organisation', catch: catchFalseKey },
  { what: 'takes the shares of two custodians', catch: catchTwoCustodians },
  { what: 'submits a blinded release point', catch: catchBlindedPoint },
  { what: "replays last month's entry", catch: catchReplayedEntry, movesTime: true },
];

/** Step 10: root on node, vault and two custodians. */
export const catchHostile: Step = {
  number: 10,
  title: 'Somebody with root on node, vault and two custodians tries everything',
  async run(state, tell): Promise<Proof> {
    await prepareSecondGrant(state);
    const details: string[] = [];
    const tamperings = TAMPERINGS.filter(
      ({ movesTime = false }) => !movesTime || state.network.hasOwnTime,
    );
    for (const { what, catch: attempt } of tamperings) {
      tell(what);
      details.push(`${what}: ${await attempt(state)}`);
    }
    return { proof: `${details.length} of ${tamperings.length} attempts were caught`, details };
  },
};
