import { DIGEST_BYTES, defineFormat, type FormatOf, field, LightBlock } from '@ward/protocol';
import { Genesis } from './genesis.ts';
import { LEDGER_LIMITS } from './limits.ts';
import { networkWitnessesField } from './network-witnesses.ts';

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
  nodes: field.list(field.text(LEDGER_LIMITS.endpointBytesMax), { min: 1, max: 100 }),
  /** How old a trusted block may be, in seconds. */
  trustingPeriodSeconds: field.integer(60),
  /** Who has to confirm what the nodes show; null: nobody. */
  witnesses: field.later(networkWitnessesField),
});
export type NetworkFile = FormatOf<typeof NetworkFile>;
