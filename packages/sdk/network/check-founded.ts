import {
  Account,
  checkPromotion,
  type Genesis,
  type NetworkFile,
  Organisation,
  type PromotionAnswer,
} from '@ward/ledger/schema';
import { type Crypto, equalBytes, toHex, trustFirstBlock } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { memberOf } from './found-network.ts';
import { type FounderFile, founderOf } from './founder-file.ts';

const CLOCK_DRIFT_SECONDS = 10;

/** What a founder knew before the promotion, and what it was given behind it. */
export interface Founded {
  readonly file: FounderFile;
  /** The network file of the ledger before. */
  readonly before: NetworkFile;
  readonly answer: PromotionAnswer;
}

/**
 * The ledger that a founder knew ended by its own rules, and goes on as a network that begins with
 * this founder as it said it is, and with its validator.
 *
 * @throws WardError `FOUNDER_MISSING`, `HEADER_*`, `PROMOTION_INVALID`, `PROOF_INVALID`.
 */
export function checkFounded({ file, before, answer }: Founded, crypto: Crypto): void {
  const { network, genesis: old, trustingPeriodSeconds } = before;
  const { chain, validators } = old;
  const rules = { chain, trustingPeriodSeconds, clockDriftSeconds: CLOCK_DRIFT_SECONDS };
  const { last, genesis } = answer;
  // The validators of a ledger that a registrar governs never change.
  const named = { validators, height: last.header.height };
  const { header } = trustFirstBlock(last, named, rules, crypto);
  checkPromotion(answer, { network, chain, last: header }, crypto);
  if (!isFoundedBy(genesis, file)) {
    throw refuse('FOUNDER_MISSING', { account: toHex(file.statement.application.account) });
  }
}

function isFoundedBy({ members, governance }: Genesis, { statement }: FounderFile): boolean {
  const { application, validatorKey } = statement;
  const member = members.find(({ id }) => equalBytes(id, application.account));
  if (member === undefined) return false;
  const from = member.account.keys[0]?.from ?? 0;
  const own = memberOf(founderOf(statement), from);
  const isSame =
    equalBytes(Account.encode(member.account), Account.encode(own.account)) &&
    equalBytes(Organisation.encode(member.organisation), Organisation.encode(own.organisation));
  const isValidator = governance?.validators.some(
    ({ organisation, publicKey }) =>
      equalBytes(organisation, application.account) && equalBytes(publicKey, validatorKey),
  );
  return isSame && isValidator === true;
}
