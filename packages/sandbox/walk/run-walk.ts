import { WardError } from '@ward/protocol';
import { freezeNode } from './network-steps/freeze-node.ts';
import { joinNetwork } from './network-steps/join-network.ts';
import { killOrganisation } from './network-steps/kill-organisation.ts';
import { partOrganisation } from './network-steps/part-organisation.ts';
import { promoteClinic } from './network-steps/promote-clinic.ts';
import { upgradeNetwork } from './network-steps/upgrade-network.ts';
import { DidNotHold, type Step, type StepResult } from './step.ts';
import { catchHostile } from './steps/catch-hostile.ts';
import { eraseRecords } from './steps/erase-records.ts';
import { grantAccess } from './steps/grant-access.ts';
import { makeWallets } from './steps/make-wallets.ts';
import { openEncounter } from './steps/open-encounter.ts';
import { readLog } from './steps/read-log.ts';
import { refuseMore } from './steps/refuse-more.ts';
import { refuseStranger } from './steps/refuse-stranger.ts';
import { revokeAccess } from './steps/revoke-access.ts';
import { searchLedger } from './steps/search-ledger.ts';
import { showTimeline } from './steps/show-timeline.ts';
import { writeHistory } from './steps/write-history.ts';
import type { WalkState } from './walk-state.ts';

/** The product's main job, in the order in which it is told. */
export const WALK_STEPS: readonly Step[] = [
  makeWallets,
  writeHistory,
  showTimeline,
  refuseStranger,
  grantAccess,
  openEncounter,
  readLog,
  refuseMore,
  revokeAccess,
  catchHostile,
  eraseRecords,
  searchLedger,
];

/** What follows where several organisations run the ledger. */
export const NETWORK_STEPS: readonly Step[] = [
  killOrganisation,
  freezeNode,
  partOrganisation,
  joinNetwork,
  upgradeNetwork,
  promoteClinic,
];

/** Who is told of the walk while it goes on. */
export interface WalkListener {
  begin(step: Step): void;
  progress(step: Step, text: string, share?: number): void;
  end(result: StepResult): void;
}

/**
 * Walks the main job. A step that does not hold ends the walk: what follows builds on it.
 *
 * @returns One result for each step that was tried.
 */
export async function runWalk(state: WalkState, listener: WalkListener): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const steps = [...WALK_STEPS, ...networkSteps(state)];
  for (const step of steps) {
    const result = await runStep(step, state, listener);
    results.push(result);
    if (!result.held) break;
  }
  return results;
}

/** A network that is to stay keeps its release: it would have to be started with it again. */
function networkSteps({ network, stays }: WalkState): readonly Step[] {
  if (network.hasOwnTime) return [];
  return stays ? NETWORK_STEPS.filter((step) => step !== upgradeNetwork) : NETWORK_STEPS;
}

async function runStep(step: Step, state: WalkState, listener: WalkListener): Promise<StepResult> {
  listener.begin(step);
  const start = performance.now();
  const { number, title } = step;
  let result: StepResult;
  try {
    const { proof, details = [] } = await step.run(state, (text, share) =>
      listener.progress(step, text, share),
    );
    result = { step: number, title, held: true, proof, details, durationMs: since(start) };
  } catch (error) {
    const proof = `did not hold: ${reasonOf(error)}`;
    result = { step: number, title, held: false, proof, details: [], durationMs: since(start) };
  }
  listener.end(result);
  return result;
}

function since(start: number): number {
  return Math.round(performance.now() - start);
}

function reasonOf(error: unknown): string {
  if (error instanceof DidNotHold) return error.message;
  if (error instanceof WardError) return `${error.code}: ${error.message}`;
  throw error;
}
