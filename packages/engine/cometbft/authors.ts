import type { StateMachine } from '@ward/ledger';
import { identityState } from '@ward/ledger/schema';
import { firstSigner } from '@ward/protocol';
import { bytesKey } from '../bytes-key.ts';

/** Accounts that are remembered with the organisation for which they act: it never changes. */
const REMEMBERED_MAX = 10_000;
/** All whom the ledger does not know count as one. */
const NOBODY = '';

/** Says whose share of the node a transaction takes: the organisation of its first signer. */
export type AuthorOf = (envelope: Uint8Array) => string;

/**
 * Authors by the accounts of a ledger. What an envelope says is not verified here, and no more of
 * it is read than who signs first.
 *
 * @returns Throws a WardError for what is no envelope up to there.
 */
export function authorsOf(machine: Pick<StateMachine, 'read'>): AuthorOf {
  const known = new Map<string, string>();
  return (envelope) => {
    const account = firstSigner(envelope);
    const key = bytesKey(account);
    const organisation = known.get(key);
    if (organisation !== undefined) return organisation;
    const record = machine.read(identityState.accounts, account);
    if (record === null) return NOBODY;
    if (known.size >= REMEMBERED_MAX) known.clear();
    const found = bytesKey(record.organisation);
    known.set(key, found);
    return found;
  };
}

/** Who has signed most of a container, by bytes. */
export function mainAuthor(envelopes: readonly Uint8Array[], authorOf: AuthorOf): string {
  const bytes = new Map<string, number>();
  let main = NOBODY;
  for (const envelope of envelopes) {
    const author = authorOf(envelope);
    bytes.set(author, (bytes.get(author) ?? 0) + envelope.length);
    if (bytes.get(author)! > (bytes.get(main) ?? 0)) main = author;
  }
  return main;
}
