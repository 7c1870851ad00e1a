import { type ConsensusRules, encodeMessage, WriteSlots } from '@ward/ledger/schema';
import type { Crypto } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { TestLedger } from '@ward/testkit/test-ledger';

/** How long the transactions of a load stay valid, in seconds. */
const VALID_SECONDS = 170;
/** Those who send: two organisations beside the registrar. */
const MEMBERS = [['provider'], ['provider']] as const;

export interface TransactionShape {
  readonly messages: number;
  readonly slotsPerMessage: number;
  /** Which member of the ledger sends it; the first behind the registrar unless told. */
  readonly member?: number;
}

/** What processes of one bench have to agree on. */
export interface LoadLedgerOptions {
  /** When the bench started, by the clock of this machine: the time of the genesis. */
  readonly startedMs: number;
  readonly validators: number;
  /** A network that is governed has its own; else those that every network begins with. */
  readonly consensus?: Partial<ConsensusRules>;
}

/** The synthetic network that processes of one bench share. */
export class LoadLedger {
  readonly crypto: Crypto;
  readonly ledger: TestLedger;

  private constructor(crypto: Crypto, { startedMs, validators, consensus }: LoadLedgerOptions) {
    this.crypto = crypto;
    const time = Math.floor(startedMs / 1000) - 1;
    const roles = Array.from({ length: validators }, () => ['provider'] as const);
    this.ledger =
      consensus === undefined
        ? new TestLedger(crypto, MEMBERS, { time, validators })
        : governedLedger(crypto, { roles, validators, consensus, time });
  }

  static async load(options: LoadLedgerOptions): Promise<LoadLedger> {
    return new LoadLedger(await loadCrypto(), options);
  }

  nowMs(): number {
    return Date.now();
  }

  /**
   * A signed transaction that writes slots nobody wrote.
   *
   * @param number Different for each transaction of a bench.
   */
  envelope(
    number: number,
    { messages, slotsPerMessage, member = 1 }: TransactionShape,
  ): Uint8Array {
    const sender = this.ledger.members[member]!;
    const parts = Array.from({ length: messages }, (_, message) => {
      const slots = Array.from({ length: slotsPerMessage }, (__, slot) => ({
        address: this.#address(number, message, slot),
        value: this.#address(number, message, -1 - slot),
      }));
      return encodeMessage(WriteSlots, { slots });
    });
    const signers = [{ account: sender.id, keyPair: sender.service }];
    const validUntil = Math.floor(this.nowMs() / 1000) + VALID_SECONDS;
    return this.ledger.transaction(parts, signers, validUntil).envelope;
  }

  #address(...numbers: readonly number[]): Uint8Array {
    return this.crypto.sha256(new Uint8Array(Float64Array.from(numbers).buffer));
  }
}
