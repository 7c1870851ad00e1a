import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  getCosignedHead,
  getLightBlock,
  getWitnessEvidence,
  getWitnessStatus,
  type VerifiedLedger,
} from '@ward/ledger/schema';
import {
  type BlockHeader,
  type Checkpoint,
  callEndpoint,
  checkpointOrigin,
  defineFormat,
  evidenceAlarm,
  field,
  formatVerifierKey,
  type Height,
  hasCode,
  type LedgerEvidence,
  type LightBlock,
  refuseProtocol,
  type Transport,
  verifyLedgerEvidence,
  WardError,
  WITNESS_HEADERS_MAX,
  Witness,
  type WitnessOptions,
  type WitnessStore,
} from '@ward/protocol';
import type { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { type Door, door } from '../doors/door.ts';
import { replaceFile } from '../storage/replace-file.ts';

export const WITNESS_SOFTWARE = 'ward-witness/0.1.0';
/** Headers that are asked for at once. */
const FETCHED_TOGETHER = 16;

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
  /** Where headers between two heads are asked for; what they give is checked by their hashes. */
  readonly ways: readonly Transport[];
  readonly network: Uint8Array;
  /** Where it keeps what speaks against the ledger; with evidence it cosigns nothing any more. */
  readonly evidence: EvidenceFolder;
}

/** A witness of one ledger: it believes heads as any client does, and cosigns what it believed. */
export class WitnessKeeper {
  readonly #options: WitnessKeeperOptions;
  readonly #witness: Witness;
  #cosigned: { readonly note: string; readonly height: Height } | undefined;
  #alarm: WardError | undefined;

  constructor(options: WitnessKeeperOptions) {
    this.#options = options;
    this.#witness = new Witness(options);
    const { network, evidence } = options;
    this.#alarm = evidence.alarm({ network, chain: this.#chain });
  }

  /** The chain that goes on, once the ledger was promoted: its heads are a line of their own. */
  get #chain(): string {
    return this.#options.ledger.rules.chain;
  }

  /** Height of the head that was cosigned last by this process; 0 before the first. */
  get height(): Height {
    return this.#cosigned?.height ?? 0;
  }

  /** Why nothing is cosigned any more; undefined as long as there is no reason. */
  get alarm(): WardError | undefined {
    return this.#alarm ?? this.#options.ledger.alarm;
  }

  /**
   * Cosigns the newest head; whoever runs the witness calls it every few seconds.
   *
   * @throws WardError `WITNESS_SPLIT`: the ledger left the line that was cosigned, now or before;
   * what the ledger refuses.
   */
  async cosignNewest(): Promise<void> {
    if (this.#alarm !== undefined) throw this.#alarm;
    const { ledger, store, network } = this.#options;
    const { header, hash } = await ledger.head();
    const origin = checkpointOrigin(network, header.chain);
    const last = await store.load(origin);
    try {
      await this.#cosignTo({ origin, height: header.height, hash }, last);
    } catch (error) {
      if (hasCode(error, 'WITNESS_SPLIT')) await this.#keepSplit(last!);
      throw error;
    }
  }

  /** The doors of a witness: its newest note, who it is, what it holds against the ledger. */
  doors(): Door[] {
    const { network, evidence, name, keyPair, crypto } = this.#options;
    const key = formatVerifierKey({ name, publicKey: keyPair.publicKey }, crypto);
    return [
      door(getCosignedHead, () => {
        if (this.#cosigned === undefined) throw refuseProtocol('WITNESS_QUORUM', NONE_YET);
        return { note: this.#cosigned.note };
      }),
      door(getWitnessStatus, () => ({
        ...{ software: WITNESS_SOFTWARE, key, network, chain: this.#chain },
        ...{ height: this.height, alarm: this.alarm !== undefined },
      })),
      door(getWitnessEvidence, ({ params: { position } }) => {
        const kept = evidence.load();
        return { evidence: kept[position]?.evidence ?? null, count: kept.length };
      }),
    ];
  }

  async #cosignTo(head: Checkpoint, last: Checkpoint | undefined): Promise<void> {
    const { origin, height } = head;
    let from = last === undefined ? height : last.height + 1;
    // A long way goes in steps, each of them cosigned and kept.
    for (; height - from >= WITNESS_HEADERS_MAX; from += WITNESS_HEADERS_MAX) {
      const to = from + WITNESS_HEADERS_MAX - 1;
      const headers = await this.#headers(from, to + 1);
      const step = { origin, height: to, hash: headers.at(-1)!.lastBlock.hash };
      await this.#cosign(step, headers.slice(0, -1));
    }
    const headers = height < from ? [] : await this.#headers(from, height);
    await this.#cosign(head, headers);
  }

  async #cosign(head: Checkpoint, headers: readonly BlockHeader[]): Promise<void> {
    const note = await this.#witness.cosign(head, headers);
    this.#cosigned = { note, height: head.height };
  }

  /** What proves that the ledger left the line, before anybody is told that it did. */
  async #keepSplit(last: Checkpoint): Promise<void> {
    const { network, evidence } = this.#options;
    const chain = this.#chain;
    const shown = (await this.#proof(last)) ?? { kind: 'unproved', height: last.height };
    evidence.keep({ network, chain, shown });
    this.#alarm = evidenceAlarm(shown);
  }

  /** Its own word about the last head beside the block that stands there now, if that is proof. */
  async #proof(last: Checkpoint): Promise<LedgerEvidence['shown'] | undefined> {
    const { network, ledger, name, keyPair, crypto } = this.#options;
    const chain = this.#chain;
    try {
      const note = await this.#witness.cosign(last, []);
      const shown = {
        kind: 'split',
        split: { note, block: await this.#block(last.height) },
      } as const;
      const witnesses = [{ name, publicKey: keyPair.publicKey }];
      const trust = { network, rules: ledger.rules, witnesses };
      verifyLedgerEvidence({ network, chain, shown }, trust, crypto);
      return shown;
    } catch (error) {
      if (error instanceof WardError) return undefined;
      throw error;
    }
  }

  async #headers(from: Height, to: Height): Promise<BlockHeader[]> {
    const headers: BlockHeader[] = [];
    for (let at = from; at <= to; at += FETCHED_TOGETHER) {
      const count = Math.min(FETCHED_TOGETHER, to - at + 1);
      const heights = Array.from({ length: count }, (_, i) => at + i);
      const blocks = await Promise.all(heights.map((height) => this.#block(height)));
      headers.push(...blocks.map(({ header }) => header));
    }
    return headers;
  }

  /** A block of the first node that has it. @throws WardError the last one's refusal. */
  async #block(height: Height): Promise<LightBlock> {
    const request = { params: { height }, query: {}, body: null };
    let refusal: WardError = refuseProtocol('SERVER_UNREACHABLE');
    for (const node of this.#options.ways) {
      try {
        return await callEndpoint(getLightBlock, request, node);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }
}

const NONE_YET = { confirmed: 0, wanted: 1 };
