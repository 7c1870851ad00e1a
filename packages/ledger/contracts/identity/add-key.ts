import { defineHandler } from '../../contract/define-contract.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { checkNewKey } from './check-new-key.ts';
import { refuse } from './errors.ts';
import { KeyAdded } from './events.ts';
import { AddKey } from './messages.ts';
import type { IdentityScope } from './needs.ts';
import { ownAccount } from './own-account.ts';

export const addKey = defineHandler(AddKey, {
  check({ account, key }, scope: IdentityScope) {
    const { keys } = ownAccount(account, scope);
    checkNewKey(key, keys, 0);
    const max = LEDGER_LIMITS.keysPerAccountMax;
    if (keys.length >= max) throw refuse('ACCOUNT_FULL', { max });
  },

  apply({ account, key }, scope) {
    const { organisation, keys } = ownAccount(account, scope);
    const added = { ...key, from: scope.block.time, until: null };
    scope.state.accounts.put({ organisation, keys: [...keys, added] }, account);
    scope.emit(KeyAdded, { account, publicKey: key.publicKey, kind: key.kind });
  },
});
