import { equalBytes, type Height } from '@ward/protocol';
import type { OrganisationWard, ProposalView } from '@ward/sdk';
import { addOrganisation } from '../../network/add-organisation.ts';
import { demand, type Proof, type Step } from '../step.ts';
import type { WalkState } from '../walk-state.ts';
import { demandSameLedger, lightBlockOf, reached } from './same-ledger.ts';

const NEWCOMER = { folder: 'clinic', name: 'Clinic', node: 4650, peer: 4651 } as const;
/** A new validator votes two blocks after the decision; one more, to see its first. */
const BLOCKS = 4;

/** Step 15: somebody whom nobody knew becomes a member, then a validator. */
export const joinNetwork: Step = {
  number: 15,
  title: 'A fifth node joins, is voted in and makes blocks',
  async run(state, tell): Promise<Proof> {
    const { network } = state;
    const voters = network.organisations.map(({ folder }) => folder);
    tell('it reads the ledger from its first block on');
    const { application, organisation, validatorKey } = await addOrganisation(network, NEWCOMER);
    const node = network.server(NEWCOMER.folder, 'node');
    const followed = await demandSameLedger(network);
    tell('the members vote on its admission');
    const proposer = state.hospitalA.ward.network;
    const admitted = await proposer.proposeAdmission(application);
    await voteYes(state, admitted.proposal, voters);
    const newcomer = await network.openOrganisation(NEWCOMER.folder);
    try {
      await newcomer.ward.network.registerValidator(validatorKey);
    } finally {
      newcomer.close();
    }
    tell('the members vote on the validator');
    const approved = await proposer.propose({ kind: 'add-validator', organisation });
    const height = await voteYes(state, approved.proposal, voters);
    await reached(node, height + BLOCKS);
    const { validators } = await lightBlockOf(node, height + BLOCKS);
    const isIn = validators.some(({ publicKey }) => equalBytes(publicKey, validatorKey.publicKey));
    demand(isIn, 'its key is in the set of validators');
    const same = await demandSameLedger(network);
    return {
      proof:
        `it verified ${followed} blocks for itself; ${admitted.proposal.needed} of ` +
        `${admitted.proposal.voters} members let it in; ${validators.length} validators since ` +
        `block ${height + 2}; all have the same state at height ${same}`,
    };
  },
};

/** Members vote until the proposal is executed. @returns The height of the deciding vote. */
async function voteYes(
  state: WalkState,
  { number, missing }: ProposalView,
  voters: readonly string[],
): Promise<Height> {
  let height = 0;
  let left = missing;
  // Hospital A has voted: it proposed.
  for (const folder of voters.filter((name) => name !== 'hospital-a')) {
    if (left === 0) break;
    const { receipt, proposal } = await asMember(state, folder, (ward) =>
      ward.network.vote(number, 'yes'),
    );
    height = receipt.block.header.height;
    left = proposal.missing;
    if (left === 0) {
      demand(proposal.state === 'executed', `proposal ${number} is executed`);
    }
  }
  return height;
}

async function asMember<T>(
  state: WalkState,
  folder: string,
  work: (ward: OrganisationWard) => Promise<T>,
): Promise<T> {
  if (folder === 'hospital-b') return work(state.hospitalB.ward);
  const { ward, close } = await state.network.openOrganisation(folder);
  try {
    return await work(ward);
  } finally {
    close();
  }
}
