import type { Height } from '@ward/protocol';
import type { OrganisationWard, ProposalView } from '@ward/sdk';
import { demand } from '../step.ts';
import type { WalkState } from '../walk-state.ts';

/** Members vote until the proposal is executed. @returns The height of the deciding vote. */
export async function voteYes(
  state: WalkState,
  { number, missing }: ProposalView,
): Promise<Height> {
  const voters = state.network.organisations.map(({ folder }) => folder);
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
