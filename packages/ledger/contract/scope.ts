import type { AccountId, Format, Height, Realm, Seconds } from '@ward/protocol';
import type { KeyKind } from '../contracts/identity/state.ts';
import type { RecordsOf, State } from './records.ts';

/** Somebody whose signature fits a key that counts for the account at this block. */
export interface Signer {
  readonly account: AccountId;
  /** The organisation for which the account acts; it is active. */
  readonly organisation: AccountId;
  readonly role: string;
  readonly keyKind: KeyKind;
}

/** The signers of the transaction at hand. */
export interface Signers {
  /**
   * The one signer in a role. A role that no message asks for is refused in the end.
   *
   * @throws WardError `SIGNER_ROLE` where there is none, or more than one.
   */
  inRole(role: string): Signer;
}

/** The block that is being executed. */
export interface BlockPoint {
  readonly height: Height;
  readonly time: Seconds;
}

/** All that a handler sees: nothing else reaches it. */
export interface Scope<S extends State, N> {
  readonly block: BlockPoint;
  readonly signers: Signers;
  /** The contract's own records. */
  readonly state: RecordsOf<S>;
  /** What it asks of other contracts: its `needs.ts`. */
  readonly needs: N;
  readonly realm: Realm;
  /** Name of the chain that executes it. */
  readonly chain: string;
  /** Announces something; what must be provable is state instead. */
  emit<V>(event: Format<V>, body: V): void;
}
