import { Outcome } from '@ward/ledger/schema';
import { defineFormat, type FormatOf, field, type Height, type WardError } from '@ward/protocol';

/** Transactions that one frame may answer. */
export const ANSWERS_MAX = 65_536;
const OUTCOME_BYTES_MAX = 64 * 1024;

/**
 * What a node answers on the socket: a frame tells of any number of the connection's frames, each
 * named by its place on the connection (0 for the first), in any order, each once.
 */
export const SubmitAnswers = defineFormat('submit-answers', 1, {
  /** Block that took those that are `committed`; 0 where there are none. */
  height: field.integer<Height>(),
  committed: field.list(
    field.struct({
      frame: field.integer(0, 0xffffffff),
      /** Place in the block. */
      index: field.integer(0, 0xffffffff),
      /** Null: all messages applied; else the `Outcome`, which says what refused it. */
      refusal: field.nullable(field.bytesBetween(1, OUTCOME_BYTES_MAX)),
    }),
    { max: ANSWERS_MAX },
  ),
  /** Those that no block took, each with an `Outcome` that says why. */
  refused: field.list(
    field.struct({
      frame: field.integer(0, 0xffffffff),
      refusal: field.bytesBetween(1, OUTCOME_BYTES_MAX),
    }),
    { max: ANSWERS_MAX },
  ),
});
export type SubmitAnswers = FormatOf<typeof SubmitAnswers>;

/** A refusal that came before any block, in the form that refusals in blocks have. */
export function encodeRefusal({ code, data }: WardError): Uint8Array {
  const fields = Object.entries(data).map(([name, value]) => ({ name, value: String(value) }));
  return Outcome.encode({ verdict: { kind: 'refused', message: null, code, data: fields } });
}
