import { equalBytes } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { refuse } from './errors.ts';
import { KeyEnded } from './events.ts';
import { EndKey } from './messages.ts';
import type { IdentityScope } from './needs.ts';
import { ownAccount } from './own-account.ts';
import type { Account, AccountKey } from './state.ts';

export const endKey = defineHandler(EndKey, {
  check(message, scope: IdentityScope) {
    const account = ownAccount(message.account, scope);
    const { time } = scope.block;
    const until = message.until ?? time;
    const key = account.keys.find(({ publicKey }) => equalBytes(publicKey, message.publicKey));
    if (key === undefined) throw refuse('KEY_UNKNOWN');
    if (until < time) throw refuse('KEY_END_PAST', { until, time });
    if (key.until !== null && key.until <= until) throw refuse('KEY_ENDED', { until: key.until });
    const isFirst = equalBytes(message.account, account.organisation);
    if (isFirst && isLastOfficer(key, account)) throw refuse('OFFICER_LAST');
  },

  apply(message, scope) {
    const { organisation, keys } = ownAccount(message.account, scope);
    const until = message.until ?? scope.block.time;
    const ended = keys.map((key) =>
      equalBytes(key.publicKey, message.publicKey) ? { ...key, until } : key,
    );
    scope.state.accounts.put({ organisation, keys: ended }, message.account);
    const { account, publicKey } = message;
    scope.emit(KeyEnded, { account, publicKey, until });
  },
});

/** No other officer's key would count for ever. */
function isLastOfficer(key: AccountKey, { keys }: Account): boolean {
  if (key.kind !== 'officer') return false;
  return !keys.some((other) => other !== key && other.kind === 'officer' && other.until === null);
}
