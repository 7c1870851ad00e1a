import { equalBytes, toHex } from '@ward/protocol';
import { officerAuthor } from '../../contract/author.ts';
import { defineHandler } from '../../contract/define-contract.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { checkNewKey } from './check-new-key.ts';
import { refuse } from './errors.ts';
import { AccountOpened } from './events.ts';
import { OpenAccount } from './messages.ts';
import type { IdentityScope } from './needs.ts';
import type { AccountKey } from './state.ts';

export const openAccount = defineHandler(OpenAccount, {
  check({ account, organisation, keys }, { signers, state, needs }: IdentityScope) {
    const author = officerAuthor(signers);
    const isFirst = equalBytes(account, organisation);
    const mayOpen = isFirst
      ? needs.network.mayIntroduce(author.organisation)
      : equalBytes(author.organisation, organisation);
    if (!mayOpen) throw refuseLedger('SIGNER_ROLE');
    if (state.accounts.has(account)) throw refuse('ACCOUNT_TAKEN', { account: toHex(account) });
    for (let i = 0; i < keys.length; i++) checkNewKey(keys[i]!, keys.slice(0, i), i);
    if (isFirst && !keys.some(({ kind }) => kind === 'officer')) throw refuse('OFFICER_MISSING');
  },

  apply({ account, organisation, keys }, { state, block, emit }) {
    const from = block.time;
    const started = keys.map((key): AccountKey => ({ ...key, from, until: null }));
    state.accounts.put({ organisation, keys: started }, account);
    emit(AccountOpened, { account, organisation });
  },
});
