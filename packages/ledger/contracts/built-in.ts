import { OpenContract } from '../contract/bind-contract.ts';
import type { BindContracts } from '../machine/executor.ts';
import { identity } from './identity/index.ts';
import { network } from './network/index.ts';
import { slots } from './slots/index.ts';

/** Opens the contracts that every ledger has, and joins each to what it needs of the others. */
export const bindBuiltIn: BindContracts = (host) => {
  const openIdentity = new OpenContract(identity, host);
  const openNetwork = new OpenContract(network, host);
  const openSlots = new OpenContract(slots, host);
  return {
    contracts: [
      openIdentity.bind({ network: openNetwork.queries }),
      openNetwork.bind({ identity: openIdentity.queries }),
      openSlots.bind(null),
    ],
    authority: {
      account: openIdentity.queries.account,
      organisation: openNetwork.queries.organisation,
      isHalted: openNetwork.queries.isHalted,
      release: openNetwork.queries.release,
      promotion: openNetwork.queries.promotion,
    },
  };
};
