import { carriedSlot } from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  defineFormat,
  deriveKey,
  type Ed25519KeyPair,
  type FormatOf,
  field,
  mac,
  type OpeningKey,
  type Random,
  type Realm,
} from '@ward/protocol';
import { CHART_LIMITS } from '../limits.ts';
import type { Authority } from './chart-header.ts';

/**
 * Which keys of the wallet are a chart's. Charts share nothing: each has keys of its own, derived
 * from a seed and the chart's number. A cold rotation begins with a new seed; the keys of the old
 * one stay in the wallet for the mailbox and the cards of before.
 */
export interface ChartKeyPath {
  /** Wallet seed S, 32 bytes. */
  readonly seed: Uint8Array;
  /** 0, 1, 2 … in the order in which the wallet made its charts. */
  readonly number: number;
}

type Purpose = 'ck' | 'slot' | 'mailbox' | 'card-root' | 'owner-slot';

/** The keys that a wallet derives for one chart. */
export class ChartKeys {
  readonly #path: ChartKeyPath;
  readonly #realm: Realm;
  /** Made once: to make it takes longer than to open a notice. */
  #mailbox: OpeningKey | undefined;

  constructor(path: ChartKeyPath, realm: Realm) {
    this.#path = path;
    this.#realm = realm;
  }

  #derive(purpose: Purpose, ...parts: readonly number[]): Uint8Array {
    const { seed, number } = this.#path;
    return deriveKey('wallet-key', { key: seed, parts: [number, purpose, ...parts] }, this.#realm);
  }

  #keyPair(purpose: Purpose, ...parts: readonly number[]): Ed25519KeyPair {
    return this.#realm.crypto.ed25519.keyPair(this.#derive(purpose, ...parts));
  }

  /** ck: signs headers, dealings and requests of the owner. */
  get ck(): Ed25519KeyPair {
    return this.#keyPair('ck');
  }

  /** One-time key of the slot of header `version`. */
  slot(version: number): Ed25519KeyPair {
    return this.#keyPair('slot', version);
  }

  /** One-time key of the owner's unit n in an epoch. */
  ownerSlot({ epoch, n }: { epoch: number; n: number }): Ed25519KeyPair {
    return this.#keyPair('owner-slot', epoch, n);
  }

  get mailbox(): OpeningKey {
    this.#mailbox ??= this.#realm.crypto.kem.openingKey(this.#derive('mailbox'));
    return this.#mailbox;
  }

  /** ws of the card for a recipient: an organisation's id, or a random tag. */
  writeSecret(recipient: Uint8Array): Uint8Array {
    return mac('card', this.#derive('card-root'), [recipient], this.#realm.crypto);
  }
}

/** A chart's cold key: random, kept in the backup only. */
export function makeColdKey(
  random: Random,
  realm: Realm,
): { readonly seed: Uint8Array; readonly cold: Uint8Array } {
  const seed = random.bytes(32);
  const { publicKey } = realm.crypto.ed25519.keyPair(seed);
  return { seed, cold: carriedSlot(publicKey, realm) };
}

/** What the parts of a person's record may be called; each is a chart of its own. */
export const CHART_KINDS = [
  'general',
  'medications',
  'mental-health',
  'genomics',
  'reproductive-health',
  'substance-use',
  'emergency-summary',
] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

/**
 * What the owner hands to a writer of a chart: enough to find and authenticate it without trusting
 * a node. It is a secret between the two.
 */
export const Card = defineFormat('card', 1, {
  network: field.bytes(32),
  kind: field.word(CHART_KINDS),
  ck: field.bytes(32),
  cold: field.bytes(32),
  /** What its recipient writes slots with: MAC(card root, recipient). */
  writeSecret: field.bytes(32),
  /** For whom it is: an organisation's id, or a random tag for a card that anyone may use. */
  recipient: field.bytesBetween(ACCOUNT_ID_BYTES, 32),
  vaults: field.list(field.bytes(ACCOUNT_ID_BYTES), { min: 1, max: CHART_LIMITS.vaultsMax }),
});
export type Card = FormatOf<typeof Card>;

/** First authority of the chart that a card is for. */
export function cardAuthority({ ck, cold }: Card): Authority {
  return { ck, cold };
}
