import { defineFormat, type FormatOf, field, type StructOf } from '@ward/protocol';
import { LEDGER_LIMITS } from './limits.ts';

/**
 * What came of a transaction, as it stands in the result that the next header commits to: either
 * every message applied, or the code and data of the first refusal and nothing else.
 */
export const Outcome = defineFormat('outcome', 1, {
  verdict: field.variant({
    applied: field.struct({}),
    refused: field.struct({
      /** Index of the message that was refused; null where the transaction itself was. */
      message: field.nullable(field.integer(0, 0xffff)),
      code: field.text(64),
      data: field.list(field.struct({ name: field.text(32), value: field.text(128) }), { max: 8 }),
    }),
  }),
});
export type Outcome = FormatOf<typeof Outcome>;

/** Something that a contract announces. Not hashed: what must be provable is state. */
export const ledgerEventFields = {
  contract: field.text(32),
  name: field.text(48),
  body: field.bytesBetween(1, LEDGER_LIMITS.valueBytesMax),
};
export const ledgerEventField = field.struct(ledgerEventFields);
export type LedgerEvent = StructOf<typeof ledgerEventFields>;
