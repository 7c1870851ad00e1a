import {
  type CarriedSlot,
  CarrySlot,
  carriedBytes,
  carriedSlot,
  encodeMessage,
  Outcome,
  type Receipt,
  refuseSlots,
} from '@ward/ledger/schema';
import {
  type AccountId,
  AUTHOR_ROLE,
  type Clock,
  compareBytes,
  type Digest,
  type Ed25519KeyPair,
  ed25519Signer,
  equalBytes,
  errorCatalogue,
  type Hex,
  hasCode,
  MS_PER_SECOND,
  type Random,
  type Realm,
  signTransaction,
  TRANSACTION_LIMITS,
  toHex,
  WardError,
  word,
} from '@ward/protocol';
import { codeWord, type Log } from '@ward/server';
import { refuse } from '../errors.ts';
import type { NodeLimits } from '../limits.ts';

export interface SlotCarrierOptions {
  readonly account: AccountId;
  readonly service: Ed25519KeyPair;
  readonly realm: Realm;
  readonly chain: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: Pick<
    NodeLimits,
    'carrierWindowMs' | 'carriedPerTransactionMax' | 'carriedWaitingMax'
  >;
  /** Whether a slot is written, as far as this node knows. */
  isWritten(slot: Digest): boolean;
  /** Submits a transaction and waits for its receipt. */
  submit(envelope: Uint8Array): Promise<Receipt>;
}

/** A slot on its way, with who waits for it. */
interface CarriedItem {
  readonly slot: CarriedSlot;
  readonly receipt: Promise<Receipt>;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

const VALID_FOR_SECONDS = TRANSACTION_LIMITS.validForSecondsMax - 60;

/**
 * Has slots of one-time keys written for whoever asks, signed by the organisation that runs the
 * node. Slots that come within a few milliseconds go into one transaction, in the order of their
 * keys, so that the ledger does not show who came when; they share one signature and one receipt.
 *
 * All messages of a transaction apply or none do. What can be known before (a signature that does
 * not fit, a slot that is written) is refused at the door; when a slot is taken all the same,
 * because somebody else wrote it at that moment, only it is refused, and each of the others is
 * carried again in a transaction of its own, which no stranger's slot can spoil.
 */
export class SlotCarrier {
  readonly #options: SlotCarrierOptions;
  /** By key, until their receipts are there. */
  readonly #items = new Map<string, CarriedItem>();
  #waiting: CarriedItem[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SlotCarrierOptions) {
    this.#options = options;
  }

  /** Slots whose receipts are not there yet. */
  get inWork(): number {
    return this.#items.size;
  }

  /**
   * Carries a slot. The same one that comes again while it is on its way gets the same receipt.
   *
   * @returns The receipt of a transaction that was applied and wrote the slot.
   * @throws WardError `SLOT_SIGNATURE`, `SLOT_TAKEN`, `CARRIER_BUSY`, `CARRIER_REFUSED`, and what
   * the engine throws.
   */
  async carry(slot: CarriedSlot): Promise<Receipt> {
    const name = toHex(slot.pk);
    const before = this.#items.get(name);
    if (before !== undefined) {
      if (isSame(before.slot, slot)) return before.receipt;
      await before.receipt.catch(() => undefined);
    }
    this.#check(slot);
    const item = makeItem(slot);
    this.#items.set(name, item);
    this.#waiting.push(item);
    this.#plan();
    return item.receipt.finally(() => {
      if (this.#items.get(name) === item) this.#items.delete(name);
    });
  }

  #check({ pk, value, signature }: CarriedSlot): void {
    const { realm, limits } = this.#options;
    if (this.#items.has(toHex(pk)) || this.#items.size >= limits.carriedWaitingMax) {
      throw refuse('CARRIER_BUSY', { retrySeconds: 1 });
    }
    if (!realm.crypto.ed25519.verify(signature, carriedBytes(value, realm), pk)) {
      throw refuseSlots('SLOT_SIGNATURE');
    }
    const place = carriedSlot(pk, realm);
    if (this.#options.isWritten(place)) throw refuseSlots('SLOT_TAKEN', { slot: toHex(place) });
  }

  #plan(): void {
    const { carrierWindowMs, carriedPerTransactionMax } = this.#options.limits;
    if (this.#waiting.length >= carriedPerTransactionMax) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), carrierWindowMs);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#waiting;
    this.#waiting = [];
    items.sort((a, b) => compareBytes(a.slot.pk, b.slot.pk));
    void this.#submit(items);
  }

  async #submit(items: readonly CarriedItem[]): Promise<void> {
    try {
      const receipt = await this.#options.submit(this.#sign(items));
      const refusal = refusalOf(receipt);
      if (refusal !== undefined) throw refusal;
      for (const { resolve } of items) resolve(receipt);
    } catch (error) {
      this.#settleRefused(items, error);
    }
  }

  /** Only the slot that is taken is refused; the others go again, each for itself. */
  #settleRefused(items: readonly CarriedItem[], error: unknown): void {
    const taken = hasCode(error, 'SLOT_TAKEN') ? error.data.slot : undefined;
    const spoiler = items.find((item) => this.#placeOf(item) === taken);
    if (spoiler === undefined) {
      const reason = this.#explain(error);
      for (const { reject } of items) reject(reason);
      return;
    }
    spoiler.reject(error);
    for (const item of items) if (item !== spoiler) void this.#submit([item]);
  }

  #placeOf({ slot }: CarriedItem): Hex {
    return toHex(carriedSlot(slot.pk, this.#options.realm));
  }

  /** What the ledger has against this node is nothing that the one who asks could mend. */
  #explain(error: unknown): unknown {
    if (!(error instanceof WardError) || error.kind.retry === true) return error;
    this.#options.log.warn(word('carrier-refused'), { code: codeWord(error) });
    return refuse('CARRIER_REFUSED');
  }

  #sign(items: readonly CarriedItem[]): Uint8Array {
    const { realm, chain, account, service, clock, random } = this.#options;
    const body = {
      network: realm.network,
      chain,
      signers: [{ account, role: AUTHOR_ROLE }],
      validUntil: Math.floor(clock.nowMs() / MS_PER_SECOND) + VALID_FOR_SECONDS,
      salt: random.bytes(16),
      messages: items.map(({ slot }) => encodeMessage(CarrySlot, slot)),
    };
    const signer = ed25519Signer(service, realm.crypto);
    return signTransaction(body, [signer], realm.crypto).envelope;
  }

  /** Sends what waits now, and waits until nothing is on its way. */
  async drain(): Promise<void> {
    if (this.#waiting.length > 0) this.#send();
    await Promise.allSettled([...this.#items.values()].map(({ receipt }) => receipt));
  }
}

/** The refusal that a receipt proves; undefined where all of the transaction was applied. */
function refusalOf({ result }: Receipt): WardError | undefined {
  if (result.code === 0) return undefined;
  const { verdict } = Outcome.decode(result.data);
  if (verdict.kind === 'applied') return undefined;
  const kind = errorCatalogue().get(verdict.code);
  if (kind === undefined) return refuse('CARRIER_REFUSED');
  // The node executed it itself: what it says is words and ids of our own software.
  const entries = verdict.data.map(({ name, value }) => [name, value as Hex]);
  return new WardError(verdict.code, kind, Object.fromEntries(entries));
}

function makeItem({ pk, value, signature }: CarriedSlot): CarriedItem {
  let resolve!: CarriedItem['resolve'];
  let reject!: CarriedItem['reject'];
  const receipt = new Promise<Receipt>((onReceipt, onError) => {
    resolve = onReceipt;
    reject = onError;
  });
  return { slot: { pk, value, signature }, receipt, resolve, reject };
}

function isSame(a: CarriedSlot, b: CarriedSlot): boolean {
  return equalBytes(a.value, b.value) && equalBytes(a.signature, b.signature);
}
