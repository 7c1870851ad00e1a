import type { Digest, TransactionResult } from '@ward/protocol';
import type { EngineUpdates } from '../contract/block-report.ts';
import { SlotsWritten } from '../contracts/slots/events.ts';
import type { LoggedBlock } from '../log/block-frame.ts';
import type { LedgerEvent } from '../schema/outcome.ts';
import type { TreeDraft } from '../state-tree/draft.ts';
import type { Execution } from './executor.ts';
import type { Writes } from './overlay.ts';
import type { BlockInput } from './proposals.ts';

/** What a block did; and what the engine is to change behind it. */
export interface BlockOutcome extends EngineUpdates {
  /** Root of the state after the block; the next header carries it. */
  readonly appHash: Digest;
  readonly results: readonly TransactionResult[];
  /** For each transaction; none for one that was refused. */
  readonly events: readonly (readonly LedgerEvent[])[];
  /** Slots that the block wrote. */
  readonly slots: readonly Digest[];
}

/** A block that is executed and not committed. */
export interface ExecutedBlock {
  readonly block: BlockInput;
  readonly execution: Execution;
  readonly writes: Writes;
  readonly draft: TreeDraft | undefined;
  readonly appHash: Digest;
}

/** A committed block, as the log has it. */
export interface CommittedBlock extends LoggedBlock {
  readonly slots: readonly Digest[];
}

/** Slots that events tell of. */
export function slotsOf(events: readonly (readonly LedgerEvent[])[]): Digest[] {
  const slots: Digest[] = [];
  for (const { contract, name, body } of events.flat()) {
    if (contract !== 'slots' || name !== SlotsWritten.name) continue;
    for (const slot of SlotsWritten.decode(body).slots) slots.push(slot);
  }
  return slots;
}
