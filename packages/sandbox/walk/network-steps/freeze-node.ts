import { setTimeout } from 'node:timers/promises';
import { demand, type Proof, type Step } from '../step.ts';
import { demandProgress, demandSameLedger, heightOf } from './same-ledger.ts';

const FROZEN = 'laboratory';
const FROZEN_MS = 10_000;
const BLOCKS = 5;

/** Step 14: a node that neither answers nor ends, as behind a network that swallows everything. */
export const freezeNode: Step = {
  number: 14,
  title: 'One node is frozen for ten seconds, and thaws',
  async run({ network }, tell): Promise<Proof> {
    const frozen = network.server(FROZEN, 'node');
    const before = (await heightOf(frozen)) ?? 0;
    const { pid } = frozen;
    demand(pid !== undefined, 'the node runs');
    process.kill(pid, 'SIGSTOP');
    let blocks: number;
    try {
      tell('the others go on');
      blocks = await demandProgress(network.server('hospital-a', 'node'), BLOCKS);
      await setTimeout(FROZEN_MS);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const height = await demandSameLedger(network);
    return {
      proof:
        `${blocks} blocks and more came without it; it went on from block ${before} and has the ` +
        `same state as the others at height ${height}`,
    };
  },
};
