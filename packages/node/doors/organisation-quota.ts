import type { StateMachine } from '@ward/ledger';
import { identityState } from '@ward/ledger/schema';
import { type Crypto, type Hex, parseTransaction, toHex } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { NodeLimits } from '../limits.ts';

interface Account {
  tokens: number;
  atMs: number;
}

export interface OrganisationQuotaOptions {
  readonly machine: Pick<StateMachine, 'read'>;
  readonly crypto: Crypto;
  readonly limits: Pick<NodeLimits, 'organisationBurst' | 'organisationPerSecond'>;
}

/**
 * How many transactions one organisation may have taken through the HTTP door. They are paid for
 * when they were taken: a signature is verified by then, so nobody can use up what is another's.
 * There are never more accounts than organisations that the ledger knows.
 */
export class OrganisationQuota {
  readonly #options: OrganisationQuotaOptions;
  readonly #accounts = new Map<Hex, Account>();

  constructor(options: OrganisationQuotaOptions) {
    this.#options = options;
  }

  /**
   * Takes a transaction if those who claim to have signed it have something left.
   *
   * @throws WardError `ORGANISATION_LIMITED`, what `submit` throws, `CBOR_*`, `FORMAT_*`,
   * `TRANSACTION_*`.
   */
  async take<T>(envelope: Uint8Array, submit: () => Promise<T>): Promise<T> {
    const organisations = this.#organisationsOf(envelope);
    for (const name of organisations) this.#check(name);
    const taken = await submit();
    for (const name of organisations) this.#pay(name);
    return taken;
  }

  #organisationsOf(envelope: Uint8Array): Set<Hex> {
    const { machine, crypto } = this.#options;
    const { signers } = parseTransaction(envelope, crypto).body;
    const records = signers.map(({ account }) => machine.read(identityState.accounts, account));
    return new Set(records.flatMap((record) => (record ? [toHex(record.organisation)] : [])));
  }

  #check(name: Hex): void {
    const { tokens } = this.#filled(name);
    if (tokens >= 1) return;
    const seconds = (1 - tokens) / this.#options.limits.organisationPerSecond;
    throw refuse('ORGANISATION_LIMITED', { retrySeconds: Math.max(1, Math.ceil(seconds)) });
  }

  #filled(name: Hex): Account {
    const { organisationBurst, organisationPerSecond } = this.#options.limits;
    // Monotonic: the clock of the process may be moved.
    const nowMs = performance.now();
    const account = this.#accounts.get(name) ?? { tokens: organisationBurst, atMs: nowMs };
    const gained = ((nowMs - account.atMs) / 1000) * organisationPerSecond;
    account.tokens = Math.min(organisationBurst, account.tokens + gained);
    account.atMs = nowMs;
    return account;
  }

  #pay(name: Hex): void {
    const account = this.#filled(name);
    account.tokens--;
    this.#accounts.set(name, account);
  }
}
