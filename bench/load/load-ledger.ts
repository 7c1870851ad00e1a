import { encodeMessage, WriteSlots } from '@ward/ledger/schema';
import type { Crypto } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';

/** How long the transactions of a load stay valid, in seconds. */
const VALID_SECONDS = 170;

/** The synthetic network that processes of one bench share, on its own time. */
export class LoadLedger {
  readonly crypto: Crypto;
  readonly ledger: TestLedger;
  readonly #startedMs: number;

  private constructor(crypto: Crypto, startedMs: number) {
    this.crypto = crypto;
    this.ledger = new TestLedger(crypto);
    this.#startedMs = startedMs;
  }

  /** @param startedMs When the bench started, by the clock of this machine. */
  static async load(startedMs: number): Promise<LoadLedger> {
    return new LoadLedger(await loadCrypto(), startedMs);
  }

  nowMs(): number {
    return TEST_TIME * 1000 + Date.now() - this.#startedMs;
  }

  /**
   * A signed transaction that writes slots nobody wrote.
   *
   * @param number Different for each transaction of a bench.
   */
  envelope(
    number: number,
    { messages, slotsPerMessage }: { messages: number; slotsPerMessage: number },
  ): Uint8Array {
    const { provider } = this.ledger;
    const parts = Array.from({ length: messages }, (_, message) => {
      const slots = Array.from({ length: slotsPerMessage }, (__, slot) => ({
        address: this.#address(number, message, slot),
        value: new Uint8Array(32),
      }));
      return encodeMessage(WriteSlots, { slots });
    });
    const signers = [{ account: provider.id, keyPair: provider.service }];
    const validUntil = Math.floor(this.nowMs() / 1000) + VALID_SECONDS;
    return this.ledger.transaction(parts, signers, validUntil).envelope;
  }

  #address(...numbers: readonly number[]): Uint8Array {
    return this.crypto.sha256(new Uint8Array(Float64Array.from(numbers).buffer));
  }
}
