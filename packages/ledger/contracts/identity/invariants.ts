import { equalBytes } from '@ward/protocol';
import type { Invariant } from '../../contract/define-contract.ts';
import { type Account, type AccountKey, hasKeyForm, type identityState } from './state.ts';

type IdentityInvariant = Invariant<typeof identityState>;

const keepsOrganisation: IdentityInvariant = ({ before, after }) => {
  const [was, is] = [before as Account | null, after as Account];
  return was === null || equalBytes(was.organisation, is.organisation);
};

const keepsKeys: IdentityInvariant = ({ before, after }) => {
  const was = (before as Account | null)?.keys ?? [];
  const is = (after as Account).keys;
  return was.every((key, i) => is[i] !== undefined && isSameButEnded(key, is[i]));
};

function isSameButEnded(was: AccountKey, is: AccountKey): boolean {
  const isSame = equalBytes(was.publicKey, is.publicKey) && was.kind === is.kind;
  const isNotPutOff = was.until === null || (is.until !== null && is.until <= was.until);
  return isSame && was.from === is.from && isNotPutOff;
}

const hasWholeKeys: IdentityInvariant = ({ after }) => {
  const { keys } = after as Account;
  return keys.every(
    (key, i) =>
      hasKeyForm(key) && !keys.slice(0, i).some((k) => equalBytes(k.publicKey, key.publicKey)),
  );
};

export const identityInvariants = {
  'An account acts for one organisation, for ever.': keepsOrganisation,
  'A key is never removed or changed but ended, and its end is never put off.': keepsKeys,
  'The keys of an account differ, and each has the form of its kind.': hasWholeKeys,
};
