import { type AccountId, equalBytes, toHex } from '@ward/protocol';
import { officerAuthor } from '../../contract/author.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { refuse } from './errors.ts';
import type { IdentityScope } from './needs.ts';
import type { Account } from './state.ts';

/**
 * An account of the organisation whose officer signs.
 *
 * @throws WardError `SIGNER_ROLE`, `ACCOUNT_UNKNOWN`.
 */
export function ownAccount(id: AccountId, { signers, state }: IdentityScope): Account {
  const author = officerAuthor(signers);
  const account = state.accounts.get(id);
  if (account === null) throw refuse('ACCOUNT_UNKNOWN', { account: toHex(id) });
  if (!equalBytes(account.organisation, author.organisation)) throw refuseLedger('SIGNER_ROLE');
  return account;
}
