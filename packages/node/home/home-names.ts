/** Names of what stands in a node's home beside its keys. */
export const NODE_FILE = 'node.json';
export const GENESIS_FILE = 'genesis.json';
export const PEER_FILE = 'peer.key';
/** By which plan this ledger goes on as another chain. */
export const PLAN_FILE = 'promotion-plan.json';
/** What the ledger begins with that continues another one. */
export const FIRST_STATE = 'first-state';
/** The ledger before, to read. */
export const PREDECESSOR = 'predecessor';
/** How it ended, where there is no first state to say it: of a node that joined later. */
export const BEGINNING_FILE = 'predecessor/promotion';
