import { type ChartId, type Crypto, equalBytes, type SealingKey, toHex } from '@ward/protocol';

/**
 * Sealing keys of mailboxes, ready for use: to make one ready costs more than to seal with it, and
 * a chart that is opened once is often opened again.
 */
export class MailboxKeys {
  readonly #crypto: Crypto;
  readonly #max: number;
  /** In order of use. */
  readonly #keys = new Map<string, SealingKey>();

  constructor(crypto: Crypto, max: number) {
    this.#crypto = crypto;
    this.#max = max;
  }

  of(chart: ChartId, bytes: Uint8Array): SealingKey {
    const name = toHex(chart);
    const known = this.#keys.get(name);
    const key =
      known !== undefined && equalBytes(known.bytes, bytes)
        ? known
        : this.#crypto.kem.sealingKey(bytes);
    this.#keys.delete(name);
    this.#keys.set(name, key);
    if (this.#keys.size > this.#max) this.#keys.delete(this.#keys.keys().next().value as string);
    return key;
  }
}
