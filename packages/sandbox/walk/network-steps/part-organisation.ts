import { setTimeout } from 'node:timers/promises';
import { PeerWires } from '../../network/peer-wires.ts';
import { demand, type Proof, type Step } from '../step.ts';
import { grantAndOpen } from './grant-and-open.ts';
import { demandProgress, demandSameLedger, heightOf } from './same-ledger.ts';

/** Whose node the clients ask first. */
const PARTED = 'hospital-a';
const OTHER = 'laboratory';
const BLOCKS = 5;
/** After so long nothing is on its way any more between those who are parted. */
const QUIET_MS = 3000;

/** Step 15: the network between one organisation's node and all others breaks, and heals. */
export const partOrganisation: Step = {
  number: 15,
  title: "One organisation's node is cut off from all others, and the network heals",
  async run(state, tell): Promise<Proof> {
    const { network } = state;
    const node = network.server(PARTED, 'node');
    tell('its node is led over wires that can be cut');
    const wires = await PeerWires.put(node, network.organisation(PARTED).home);
    let parted: { readonly alone: number; readonly others: number; readonly custodians: number };
    try {
      await demandSameLedger(network);
      wires.set('silent');
      await setTimeout(QUIET_MS);
      const before = await heightOf(node);
      const others = await demandProgress(network.server(OTHER, 'node'), BLOCKS);
      const after = await heightOf(node);
      demand(before !== undefined && after === before, 'a node that hears nobody decides nothing');
      tell('the patient grants, and B opens past that node');
      parted = { alone: before!, others, custodians: await grantAndOpen(state) };
      const stays = await heightOf(node);
      demand(stays === before, 'it has still decided nothing');
      tell('the network heals');
      wires.set('open');
      await demandSameLedger(network);
    } finally {
      await wires.remove();
    }
    const height = await demandSameLedger(network);
    return {
      proof:
        `it stayed at block ${parted.alone} while ${parted.others} blocks and more came without ` +
        `it; B opened a record with ${parted.custodians} custodians past that node; healed, ` +
        `all ${network.nodes.length} nodes have the same state at height ${height}`,
    };
  },
};
