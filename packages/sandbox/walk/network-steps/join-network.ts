import { equalBytes } from '@ward/protocol';
import { addOrganisation } from '../../network/add-organisation.ts';
import { demand, type Proof, type Step } from '../step.ts';
import { demandSameLedger, lightBlockOf, reached } from './same-ledger.ts';
import { voteYes } from './vote-yes.ts';

const NEWCOMER = { folder: 'clinic', name: 'Clinic', node: 4650, peer: 4651 } as const;
/** A new validator votes two blocks after the decision; one more, to see its first. */
const BLOCKS = 4;

/** Step 16: somebody whom nobody knew becomes a member, then a validator. */
export const joinNetwork: Step = {
  number: 16,
  title: 'A fifth node joins, is voted in and makes blocks',
  async run(state, tell): Promise<Proof> {
    const { network } = state;
    tell('it reads the ledger from its first block on');
    const { application, organisation, validatorKey } = await addOrganisation(network, NEWCOMER);
    const node = network.server(NEWCOMER.folder, 'node');
    const followed = await demandSameLedger(network);
    tell('the members vote on its admission');
    const proposer = state.hospitalA.ward.network;
    const admitted = await proposer.proposeAdmission(application);
    await voteYes(state, admitted.proposal);
    const newcomer = await network.openOrganisation(NEWCOMER.folder);
    try {
      await newcomer.ward.network.registerValidator(validatorKey);
    } finally {
      newcomer.close();
    }
    tell('the members vote on the validator');
    const approved = await proposer.propose({ kind: 'add-validator', organisation });
    const height = await voteYes(state, approved.proposal);
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
