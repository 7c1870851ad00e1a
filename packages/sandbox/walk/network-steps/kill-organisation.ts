import type { Proof, Step } from '../step.ts';
import { grantAndOpen } from './grant-and-open.ts';
import { demandProgress, demandSameLedger } from './same-ledger.ts';

const KILLED = 'payer';
const BLOCKS = 3;

/** Step 13: node and custodian of one organisation die; the others do not miss it. */
export const killOrganisation: Step = {
  number: 13,
  title: 'One organisation is killed in the middle of it: node and custodian',
  async run(state, tell): Promise<Proof> {
    const { network } = state;
    const { servers } = network.organisation(KILLED);
    await Promise.all(servers.map((server) => server.kill()));
    const node = network.server('hospital-a', 'node');
    const blocks = await demandProgress(node, BLOCKS);
    tell('the patient grants, and B opens');
    const custodians = await grantAndOpen(state);
    tell('the organisation comes back');
    await Promise.all(servers.map((server) => server.start()));
    const height = await demandSameLedger(network);
    return {
      proof:
        `${blocks} blocks and more came without it; the patient granted, and B opened a record ` +
        `with ${custodians} of the other custodians; it is back, and all ` +
        `${network.nodes.length} nodes have the same state at height ${height}`,
    };
  },
};
