import {
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  LightBlock,
} from '@ward/protocol';
import { Genesis } from './genesis.ts';
import { LEDGER_LIMITS } from './limits.ts';
import { networkWitnessesField } from './network-witnesses.ts';

const NODES_MAX = 100;
const TRUSTING_SECONDS_MIN = 60;

/**
 * All that a client needs to start: which network, from which block on to believe, whom to ask.
 * It stands as JSON in `network.json`, in an invitation or behind a QR code.
 */
export const NetworkFile = defineFormat('network-file', 1, {
  network: field.bytes(DIGEST_BYTES),
  genesis: Genesis.schema,
  /** A block to trust; null: begin with the validators of the genesis. */
  checkpoint: field.nullable(LightBlock.schema),
  /** Origins of nodes, of different organisations where there are several. */
  nodes: field.list(field.text(LEDGER_LIMITS.endpointBytesMax), { min: 1, max: NODES_MAX }),
  /** How old a trusted block may be, in seconds. */
  trustingPeriodSeconds: field.integer(TRUSTING_SECONDS_MIN),
  /** Who has to confirm what the nodes show; null: nobody. */
  witnesses: field.later(networkWitnessesField),
});
export type NetworkFile = FormatOf<typeof NetworkFile>;

/** Height of a chain's first block: heights go on where it continues another. */
export function firstHeightOf({ predecessor }: Genesis): Height {
  return (predecessor?.height ?? 0) + 1;
}

/**
 * The network file of a client that has crossed over: the same network and everybody in it, from
 * the first block of the chain that goes on. Nodes of the members that came stand in its genesis.
 *
 * @param begun Genesis and first block of that chain, both believed; null for the block where it is
 * not made yet.
 */
export function crossedFile(
  file: NetworkFile,
  { genesis, first }: { readonly genesis: Genesis; readonly first: LightBlock | null },
): NetworkFile {
  const came = genesis.members.flatMap(({ organisation }) => organisation.endpoints.node ?? []);
  const nodes = [...new Set([...file.nodes, ...came])].slice(0, NODES_MAX);
  const { trustingPeriodSeconds: known } = file;
  // Shorter than stake is bound: who signs a fork in this time still has something to lose.
  const bound = genesis.governance?.rules.unbondingSeconds ?? known;
  const trustingPeriodSeconds = Math.min(
    known,
    Math.max(TRUSTING_SECONDS_MIN, Math.floor((bound * 2) / 3)),
  );
  return { ...file, genesis, checkpoint: first, nodes, trustingPeriodSeconds };
}
