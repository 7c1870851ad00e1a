import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCosignedHead, getLightBlock, type VerifiedLedger } from '@ward/ledger/schema';
import {
  type BlockHeader,
  type Checkpoint,
  callEndpoint,
  checkpointOrigin,
  defineFormat,
  field,
  type Height,
  refuseProtocol,
  type Transport,
  WITNESS_HEADERS_MAX,
  Witness,
  type WitnessOptions,
  type WitnessStore,
} from '@ward/protocol';
import { type Door, door } from '../doors/door.ts';
import { replaceFile } from '../storage/replace-file.ts';

const StoredHead = defineFormat('witnessed-head', 1, {
  origin: field.text(200),
  height: field.integer<Height>(1),
  hash: field.bytes(32),
});

/** Heads that a witness cosigned, one file for each ledger, durable before anything is signed. */
export function witnessFiles(
  folder: string,
  { crypto }: Pick<WitnessOptions, 'crypto'>,
): WitnessStore {
  const fileOf = (origin: string) => {
    const name = Buffer.from(crypto.sha256(new TextEncoder().encode(origin))).toString('hex');
    return join(folder, `${name}.head`);
  };
  return {
    async load(origin) {
      try {
        return StoredHead.decode(new Uint8Array(await readFile(fileOf(origin))));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: (head) => replaceFile(fileOf(head.origin), StoredHead.encode(head)),
  };
}

export interface WitnessKeeperOptions extends WitnessOptions {
  readonly ledger: VerifiedLedger;
  /** Where headers between two heads are asked for; what it gives is checked by their hashes. */
  readonly node: Transport;
  readonly network: Uint8Array;
  readonly chain: string;
}

/** A witness of one ledger: it believes heads as any client does, and cosigns what it believed. */
export class WitnessKeeper {
  readonly #options: WitnessKeeperOptions;
  readonly #witness: Witness;
  #note: string | undefined;

  constructor(options: WitnessKeeperOptions) {
    this.#options = options;
    this.#witness = new Witness(options);
  }

  /**
   * Cosigns the newest head; whoever runs the witness calls it every few seconds.
   *
   * @throws WardError `WITNESS_SPLIT`: the ledger left the line that was cosigned; what the ledger
   * refuses.
   */
  async cosignNewest(): Promise<void> {
    const { ledger, store, network, chain } = this.#options;
    const { header, hash } = await ledger.head();
    const origin = checkpointOrigin(network, chain);
    const last = await store.load(origin);
    let from = last === undefined ? header.height : last.height + 1;
    // A long way goes in steps, each of them cosigned and kept.
    for (; header.height - from >= WITNESS_HEADERS_MAX; from += WITNESS_HEADERS_MAX) {
      const to = from + WITNESS_HEADERS_MAX - 1;
      const headers = await this.#headers(from, to + 1);
      const step = { origin, height: to, hash: headers.at(-1)!.lastBlock.hash };
      await this.#cosign(step, headers.slice(0, -1));
    }
    const headers = header.height < from ? [] : await this.#headers(from, header.height);
    await this.#cosign({ origin, height: header.height, hash }, headers);
  }

  /** The doors of a witness: its newest note. */
  doors(): Door[] {
    return [
      door(getCosignedHead, () => {
        if (this.#note === undefined) throw refuseProtocol('WITNESS_QUORUM', NONE_YET);
        return { note: this.#note };
      }),
    ];
  }

  async #cosign(head: Checkpoint, headers: readonly BlockHeader[]): Promise<void> {
    this.#note = await this.#witness.cosign(head, headers);
  }

  async #headers(from: Height, to: Height): Promise<BlockHeader[]> {
    const headers: BlockHeader[] = [];
    for (let height = from; height <= to; height++) {
      const request = { params: { height }, query: {}, body: null };
      headers.push((await callEndpoint(getLightBlock, request, this.#options.node)).header);
    }
    return headers;
  }
}

const NONE_YET = { confirmed: 0, wanted: 1 };
