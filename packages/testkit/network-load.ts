import { setTimeout as wait } from 'node:timers/promises';
import { IngressClient } from '@ward/engine';
import {
  type NetworkFile,
  networkOf,
  slotKey,
  VerifiedLedger,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  hasCode,
  headerHash,
  MS_PER_SECOND,
  refuseProtocol,
  type Transport,
  toHex,
  WardError,
} from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import type { NetworkHistory } from './network-history.ts';
import type { NetworkNode } from './network-node.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import type { TestLedger } from './test-ledger.ts';

export interface NetworkLoadOptions {
  readonly nodes: readonly NetworkNode[];
  readonly ledger: TestLedger;
  readonly history: NetworkHistory;
  readonly seed: number;
}

/** Transactions that a client of a node has open at one time, and its pause behind each. */
const OPEN_MAX = 6;
const SEND_PAUSE_MS = 120;
const READ_PAUSE_MS = 400;
const CONNECT_PAUSE_MS = 100;
/** Of what was sent and never answered, how much is kept to be sent again. */
const UNANSWERED_MAX = 500;
const WEEK_SECONDS = 7 * 24 * 3600;
/** Every so many slots that are read is one that nobody wrote. */
const ABSENT = 8;

interface Made {
  readonly id: string;
  readonly envelope: Uint8Array;
}

/**
 * Clients of a network, one writing and one reading at each node, through all that happens to it.
 * What a node did not answer is sent to another one.
 */
export class NetworkLoad {
  readonly #options: NetworkLoadOptions;
  readonly #random: SeededRandom;
  #isEnded = false;
  #made = 0;
  #keys: string[] = [];
  #unanswered: Made[] = [];
  readonly #running: Promise<void>[] = [];
  #failure: unknown;

  constructor(options: NetworkLoadOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  start(): void {
    for (const node of this.#options.nodes) {
      const clients = [this.#keepWriting(node), this.#keepReading(node)];
      const note = (error: unknown) => {
        this.#failure ??= error;
      };
      this.#running.push(...clients.map((client) => client.catch(note)));
    }
  }

  /** @throws what a client failed with that no fault explains. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #make(): Made {
    const { ledger, history } = this.#options;
    const { crypto, provider, realm } = ledger;
    const address = crypto.sha256(Buffer.from(`slot ${this.#made++}`));
    const now = Math.floor(Date.now() / MS_PER_SECOND);
    const slots = [{ address, value: address }];
    const signed = ledger.serviceTransaction(provider, WriteSlots, { slots }, now);
    const id = toHex(signed.id);
    const key = toHex(slotKey(writtenSlot({ organisation: provider.id, address }, realm)));
    history.sent.set(id, key);
    this.#keys.push(key);
    return { id, envelope: signed.envelope };
  }

  async #keepWriting(node: NetworkNode): Promise<void> {
    while (!this.#isEnded) {
      const client = await connectTo(node);
      if (client === undefined) {
        await wait(CONNECT_PAUSE_MS);
        continue;
      }
      const ended = { isIt: false };
      const watch = this.#destroyAtEnd(client, ended);
      await Promise.all(Array.from({ length: OPEN_MAX }, () => this.#write(client, ended)));
      ended.isIt = true;
      await watch;
    }
  }

  /** A node that is stopped or parted answers nothing: its clients do not wait for ever. */
  async #destroyAtEnd(client: IngressClient, ended: { isIt: boolean }): Promise<void> {
    while (!this.#isEnded && !ended.isIt) await wait(CONNECT_PAUSE_MS);
    client.destroy();
  }

  async #write(client: IngressClient, ended: { isIt: boolean }): Promise<void> {
    const { history } = this.#options;
    while (!this.#isEnded && !ended.isIt) {
      const made = this.#unanswered.shift() ?? this.#make();
      try {
        const { height, refusal } = await client.submit(made.envelope);
        if (refusal === undefined) history.acknowledged.set(made.id, height!);
        else history.refused(refusal.code);
      } catch (error) {
        if (!hasCode(error, 'ENGINE_STOPPED')) throw error;
        ended.isIt = true;
        this.#unanswered.push(made);
        if (this.#unanswered.length > UNANSWERED_MAX) this.#unanswered.shift();
      }
      await wait(SEND_PAUSE_MS);
    }
  }

  async #keepReading(node: NetworkNode): Promise<void> {
    const { nodes } = this.#options;
    const second = nodes[(nodes.indexOf(node) + 1) % nodes.length]!;
    const { history, ledger: own } = this.#options;
    const ledger = networkClient({
      ...{ nodes: [node, second].map(transportTo), ledger: own },
      onLie: (name, code) => {
        // A node that was parted, or lost what it had, is behind for a while.
        if (code !== 'HEADER_BEHIND') history.lies.push({ node: name, code });
      },
    });
    while (!this.#isEnded) {
      await wait(READ_PAUSE_MS);
      const key = this.#someKey();
      try {
        await this.#read(ledger, { node, key });
      } catch (error) {
        // A node that is away, behind or cut off; what proves something false is no error.
        if (!(error instanceof WardError)) throw error;
        history.refused(`read ${error.code}`);
      }
    }
  }

  async #read(ledger: VerifiedLedger, { node, key }: { node: NetworkNode; key: string }) {
    const { crypto } = this.#options.ledger;
    const bytes = Buffer.from(key, 'hex');
    const state = await ledger.prove([bytes]);
    this.#options.history.reads.push({
      ...{ node: node.name, key, isThere: state.bytes(bytes) !== null },
      ...{ height: state.header.height, hash: toHex(headerHash(state.header, crypto)) },
    });
  }

  #someKey(): string {
    const isAbsent = this.#keys.length === 0 || this.#random.below(ABSENT) === 0;
    if (isAbsent) return toHex(this.#random.bytes(32));
    // Mostly new ones, which may be written anywhere, or nowhere.
    const { length } = this.#keys;
    return this.#keys[length - 1 - this.#random.below(Math.min(length, 200))]!;
  }
}

export interface NetworkClientOptions {
  /** Whom it asks, in turn. */
  readonly nodes: readonly Transport[];
  readonly ledger: TestLedger;
  /** A node gave an answer that does not verify. */
  readonly onLie: (node: string, code: string) => void;
}

/** A client that believes what is proved, and begins with the genesis. */
export function networkClient({ nodes, ledger, onLie }: NetworkClientOptions): VerifiedLedger {
  const { genesis, crypto } = ledger;
  const networkFile: NetworkFile = {
    network: networkOf(genesis, crypto),
    ...{
      genesis,
      checkpoint: null,
      witnesses: null,
      nodes: nodes.map(({ name }) => `http://${name}`),
    },
    trustingPeriodSeconds: WEEK_SECONDS,
  };
  return new VerifiedLedger({
    ...{ networkFile, nodes, crypto, clock: { nowMs: () => Date.now() } },
    onLie: (node, { code }) => onLie(node, code),
    onFork: (node) => onLie(node, 'HEADER_FORK'),
  });
}

async function connectTo({ ready }: NetworkNode): Promise<IngressClient | undefined> {
  if (ready === undefined) return undefined;
  try {
    return await IngressClient.connect({ path: ready.path });
  } catch {
    return undefined;
  }
}

/** The way to a node, wherever it listens now. */
export function transportTo(node: NetworkNode): Transport {
  return {
    name: node.name,
    send: async (request, options) => {
      if (node.ready === undefined) throw refuseProtocol('SERVER_UNREACHABLE');
      return httpTransport(node.ready.origin, { answerMsMax: 5000 }).send(request, options);
    },
  };
}
