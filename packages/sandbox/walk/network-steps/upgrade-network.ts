import { readFileSync } from 'node:fs';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NEXT_RELEASE, NEXT_RELEASE_MODULE } from '../../network/next-release-name.ts';
import { demand, type Proof, type Step } from '../step.ts';
import { demandProgress, demandSameLedger, heightOf } from './same-ledger.ts';
import { voteYes } from './vote-yes.ts';

/** Time to vote in. */
const AHEAD_BLOCKS = 90;
const BLOCKS = 3;
const HEX_LETTERS = 12;

/** Step 17: the members plan a release, and all nodes go over to it at one height. */
export const upgradeNetwork: Step = {
  number: 17,
  title: 'The members go over to another release at a height',
  async run(state, tell): Promise<Proof> {
    const { network } = state;
    const node = network.server('hospital-a', 'node');
    const height = ((await heightOf(node)) ?? 0) + AHEAD_BLOCKS;
    const digest = (await loadCrypto()).sha256(readFileSync(NEXT_RELEASE_MODULE));
    const action = { kind: 'plan-upgrade', name: NEXT_RELEASE, height, digest } as const;
    tell('the members vote on the plan');
    const { proposal } = await state.hospitalA.ward.network.propose(action);
    const decided = await voteYes(state, proposal);
    tell(`nodes run to block ${height - 1}`);
    await Promise.all(network.nodes.map((each) => each.ended()));
    tell('operators install the release and start their nodes again');
    await Promise.all(
      network.nodes.map((each) => each.start({ preload: NEXT_RELEASE_MODULE.href })),
    );
    await demandProgress(node, BLOCKS);
    const release = await state.hospitalA.ward.network.release();
    demand(release.current === NEXT_RELEASE, 'the ledger names the new release');
    const same = await demandSameLedger(network);
    return {
      proof:
        `planned at block ${decided} for ${NEXT_RELEASE}, by the digest ` +
        `${toHex(digest).slice(0, HEX_LETTERS)}…; every node halted before block ${height}; ` +
        `under the new release all have the same state at height ${same}`,
    };
  },
};
