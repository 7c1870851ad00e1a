import {
  type AccountId,
  type AssertionOrigin,
  equalBytes,
  type Seconds,
  type TransactionBody,
  type TransactionSignature,
  toHex,
} from '@ward/protocol';
import type { Signer, Signers } from '../contract/scope.ts';
import { type Account, type AccountKey, isKeyActive } from '../contracts/identity/state.ts';
import type { Release } from '../contracts/network/proposal.ts';
import type { Organisation, Promotion } from '../contracts/network/state.ts';
import { refuse } from '../schema/errors.ts';

/** What the state machine asks of contracts to know who signed. */
export interface Authority {
  account(account: AccountId): Account | null;
  organisation(organisation: AccountId): Organisation | null;
}

/** What it asks of them beside that, to know what may be executed. */
export interface Government extends Authority {
  /** Only messages that govern the network are taken. */
  isHalted(): boolean;
  /** Which software executes the ledger; null where nobody decides on it together. */
  release(): Release | null;
  /** Which chain goes on in the place of the one that was promoted; null where none was. */
  promotion(): Promotion | null;
}

/** What came with a transaction's body. */
export interface SignedParts {
  readonly signatures: readonly TransactionSignature[];
  /** Where each passkey assertion was made; undefined for Ed25519. */
  readonly passkeys: readonly (AssertionOrigin | undefined)[];
}

/**
 * Who signed, by the state of now. The signatures themselves were verified where they arrived.
 *
 * @throws WardError `SIGNER_UNKNOWN`, `SIGNER_TWICE`, `ORGANISATION_SUSPENDED`.
 */
export function authenticate(
  { signers }: TransactionBody,
  { signatures, passkeys }: SignedParts,
  time: Seconds,
  authority: Authority,
): Signer[] {
  const verified: Signer[] = [];
  for (let i = 0; i < signers.length; i++) {
    const { account: id, role } = signers[i]!;
    const { publicKey } = signatures[i]!;
    for (let j = 0; j < i; j++) {
      if (!equalBytes(signers[j]!.account, id)) continue;
      if (equalBytes(signatures[j]!.publicKey, publicKey))
        throw refuse('SIGNER_TWICE', { signer: i });
    }
    const account = authority.account(id);
    const key = account?.keys.find((known) => equalBytes(known.publicKey, publicKey));
    const isOurs = key !== undefined && isKeyActive(key, time) && isPinned(key, passkeys[i]);
    const organisation = account && authority.organisation(account.organisation);
    if (!isOurs || account === null || organisation === null) {
      throw refuse('SIGNER_UNKNOWN', { signer: i });
    }
    if (organisation.status !== 'active') {
      throw refuse('ORGANISATION_SUSPENDED', { organisation: toHex(account.organisation) });
    }
    verified.push({ account: id, organisation: account.organisation, role, keyKind: key.kind });
  }
  return verified;
}

/** A passkey signed where it was enrolled, and only a passkey has such a place. */
function isPinned({ passkey }: AccountKey, origin: AssertionOrigin | undefined): boolean {
  if (passkey === null || origin === undefined) return passkey === null && origin === undefined;
  return passkey.origin === origin.origin && equalBytes(passkey.rpIdHash, origin.rpIdHash);
}

/** The signers of the transaction at hand, and which roles its messages asked for. */
export class TransactionSigners implements Signers {
  #signers: readonly Signer[] = [];
  readonly #asked = new Set<string>();

  begin(signers: readonly Signer[]): void {
    this.#signers = signers;
    this.#asked.clear();
  }

  inRole(role: string): Signer {
    this.#asked.add(role);
    let found: Signer | undefined;
    for (const signer of this.#signers) {
      if (signer.role !== role) continue;
      if (found !== undefined) throw refuse('SIGNER_ROLE');
      found = signer;
    }
    if (found === undefined) throw refuse('SIGNER_ROLE');
    return found;
  }

  /** Refuses a signer whose role no message asked for: nobody signs what has no meaning. */
  checkAllAsked(): void {
    for (const { role } of this.#signers) if (!this.#asked.has(role)) throw refuse('SIGNER_ROLE');
  }
}
