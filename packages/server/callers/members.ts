import {
  Account,
  accountKey,
  isKeyActive,
  Organisation,
  organisationKey,
  type ProvedState,
} from '@ward/ledger/schema';
import {
  type AccountId,
  type Clock,
  equalBytes,
  MS_PER_SECOND,
  type Seconds,
  toHex,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { SERVER_LIMITS } from '../limits.ts';

/** The part of a verified ledger that servers need: `VerifiedLedger` is one. */
export interface Prover {
  /** @throws WardError when nothing fresh can be proved. */
  prove(keys: readonly Uint8Array[]): Promise<ProvedState>;
}

export interface MembersOptions {
  readonly ledger: Prover;
  readonly clock: Clock;
  /** How old the block may be under which a record was proved, for the record to be used again. */
  readonly ageSecondsMax?: number;
  /** Records of each kind that are kept. */
  readonly recordsMax?: number;
}

interface Proved<V> {
  readonly value: V | null;
  /** Time of the block under which it was proved. */
  readonly time: Seconds;
}

/**
 * Accounts and organisations as the ledger proves them, kept for a few seconds, so that not every
 * request costs a proof. Whoever is not there costs one proof in that time, not one a request.
 */
export class Members {
  readonly #options: MembersOptions;
  readonly #accounts: ProvedRecords<Account>;
  readonly #organisations: ProvedRecords<Organisation>;

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#accounts = new ProvedRecords(options, {
      keyOf: accountKey,
      read: (state, key) => state.record(Account, key),
    });
    this.#organisations = new ProvedRecords(options, {
      keyOf: organisationKey,
      read: (state, key) => state.record(Organisation, key),
    });
  }

  /** The record of an organisation; null where the ledger proves that there is none. */
  async organisation(id: AccountId): Promise<Organisation | null> {
    return (await this.#organisations.get(id)).value;
  }

  /**
   * The active organisation for which a service key acts now.
   *
   * @throws WardError `CALLER_UNKNOWN`, and what the ledger throws.
   */
  async organisationOf(signer: { account: AccountId; publicKey: Uint8Array }): Promise<AccountId> {
    const { value: account, time } = await this.#accounts.get(signer.account);
    const now = Math.max(time, Math.floor(this.#options.clock.nowMs() / MS_PER_SECOND));
    const key = account?.keys.find(
      ({ kind, publicKey }) => kind === 'service' && equalBytes(publicKey, signer.publicKey),
    );
    if (account === null || key === undefined || !isKeyActive(key, now)) {
      throw refuse('CALLER_UNKNOWN');
    }
    const organisation = await this.organisation(account.organisation);
    if (organisation?.status !== 'active') throw refuse('CALLER_UNKNOWN');
    return account.organisation;
  }
}

interface RecordKind<V> {
  keyOf(id: AccountId): Uint8Array;
  read(state: ProvedState, key: Uint8Array): V | null;
}

/** Proved records of one kind by id, the one least recently proved forgotten first. */
class ProvedRecords<V> {
  readonly #options: MembersOptions;
  readonly #kind: RecordKind<V>;
  readonly #known = new Map<string, Proved<V>>();
  readonly #asked = new Map<string, Promise<Proved<V>>>();

  constructor(options: MembersOptions, kind: RecordKind<V>) {
    this.#options = options;
    this.#kind = kind;
  }

  async get(id: AccountId): Promise<Proved<V>> {
    const name = toHex(id);
    const known = this.#known.get(name);
    if (known !== undefined && this.#isFresh(known)) return known;
    // Requests that come while a proof is on its way wait for that one.
    const asked = this.#asked.get(name) ?? this.#prove(id, name);
    this.#asked.set(name, asked);
    return asked;
  }

  #isFresh({ time }: Proved<V>): boolean {
    const { clock, ageSecondsMax = SERVER_LIMITS.memberAgeSecondsMax } = this.#options;
    return clock.nowMs() / MS_PER_SECOND - time <= ageSecondsMax;
  }

  async #prove(id: AccountId, name: string): Promise<Proved<V>> {
    try {
      const key = this.#kind.keyOf(id);
      const state = await this.#options.ledger.prove([key]);
      const proved = { value: this.#kind.read(state, key), time: state.time };
      this.#known.delete(name);
      this.#known.set(name, proved);
      if (this.#known.size > (this.#options.recordsMax ?? SERVER_LIMITS.membersMax)) {
        this.#known.delete(this.#known.keys().next().value as string);
      }
      return proved;
    } finally {
      this.#asked.delete(name);
    }
  }
}
