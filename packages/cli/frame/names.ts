import { type AccountId, hasCode, toHex } from '@ward/protocol';
import type { Ward } from '@ward/sdk';
import { printable } from './printable.ts';

const SHORT_HEX = 8;

/** The beginning of an id, as tables show it. */
export function shortId(id: Uint8Array): string {
  return toHex(id).slice(0, SHORT_HEX);
}

/** Names of organisations, each proved by the ledger, and asked for once. */
export class Names {
  readonly #ward: Ward;
  readonly #known = new Map<string, string>();

  constructor(ward: Ward) {
    this.#ward = ward;
  }

  /** Learns the names of organisations, so that {@link Names.of} knows them. */
  async learn(ids: readonly AccountId[]): Promise<void> {
    const unknown = new Map(ids.map((id) => [toHex(id) as string, id]));
    for (const [hex, id] of unknown) {
      if (!this.#known.has(hex)) this.#known.set(hex, await this.#nameOf(id));
    }
  }

  async #nameOf(id: AccountId): Promise<string> {
    try {
      return printable((await this.#ward.directory.show(id)).name);
    } catch (error) {
      // An id that the ledger does not know is shown as it is.
      if (hasCode(error, 'ORGANISATION_UNKNOWN')) return shortId(id);
      throw error;
    }
  }

  /** The name of an organisation that was learned, else the beginning of its id. */
  of(id: AccountId): string {
    return this.#known.get(toHex(id)) ?? shortId(id);
  }
}
