import type { DecideInput } from '@ward/charts';
import type { SampleOpening } from './sample-opening.ts';

/** One input for `decide`, and what it must answer. */
export interface DecideCase {
  /** Goes behind "permits" or "refuses". */
  readonly name: string;
  /** Null: permitted. */
  readonly code: string | null;
  /** Changes the opening before it is committed. */
  readonly before?: (opening: SampleOpening) => void | Promise<void>;
  /** Changes what the ledger holds afterwards, or what is shown. */
  readonly after?: (opening: SampleOpening) => void;
  /** Changes the finished input. */
  readonly tamper?: (input: DecideInput, opening: SampleOpening) => DecideInput;
}
