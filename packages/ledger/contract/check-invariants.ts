import type { Writes } from '../machine/overlay.ts';
import { ownerOf } from '../machine/state-key.ts';
import type { CommittedState } from '../machine/working-state.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import type { BoundContract } from './bind-contract.ts';
import type { BlockPoint } from './scope.ts';

/**
 * Holds what a block wrote against the invariants of the contracts.
 *
 * @param before The state without the block.
 * @throws Error where one is broken: that is a bug of ours, and the node must halt.
 */
export function checkInvariants(
  { keys, values, batch }: Writes,
  contracts: readonly BoundContract[],
  before: CommittedState,
  block: BlockPoint,
): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const { contract: name, collection } = ownerOf(key);
    const bound = contracts.find(({ contract }) => contract.name === name);
    if (bound === undefined) continue;
    const { contract, records } = bound;
    const was = before.read(batch.keyHashes.subarray(i * HASH_WORDS, (i + 1) * HASH_WORDS));
    const decode = (bytes: Uint8Array) => records[collection]!.decode(bytes);
    const change = {
      collection,
      key,
      before: was && decode(was),
      after: decode(values[i]!),
    };
    for (const [sentence, holds] of Object.entries(contract.invariants)) {
      if (!holds(change, records, block)) throw new Error(`${name} is broken: ${sentence}`);
    }
  }
}
