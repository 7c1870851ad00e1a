import { NetworkFile } from '@ward/ledger/schema';
import { defineFormat, type FormatOf, field } from '@ward/protocol';

const PEER_BYTES_MAX = 303;
const PEERS_MAX = 200;

/**
 * What a member gives to an organisation that wants to run a node, as a JSON file between the two:
 * all of it is public, and nothing in it lets anybody in. What the newcomer believes, it believes
 * by the network file; members admit it by vote.
 */
export const Invitation = defineFormat('invitation', 1, {
  networkFile: NetworkFile.schema,
  /** Nodes to connect with, as in `<node id>@10.0.0.2:26656`. */
  peers: field.list(field.text(PEER_BYTES_MAX), { min: 1, max: PEERS_MAX }),
});
export type Invitation = FormatOf<typeof Invitation>;
