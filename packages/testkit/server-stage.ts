import type { VerifiedHeader } from '@ward/charts';
import {
  type CarriedSlot,
  carrySlot,
  encodeMessage,
  type MessageKind,
  Outcome,
  type Receipt,
  type Role,
  signCarriedSlot,
  submitTransaction,
} from '@ward/ledger/schema';
import {
  type AccountId,
  type Crypto,
  callEndpoint,
  type Ed25519KeyPair,
  REQUEST_HEADER,
  type RequestKey,
  type SignCall,
  signRequest,
  type Transport,
} from '@ward/protocol';
import { systemRandom } from '@ward/protocol/crypto';
import { type MemoryNode, startMemoryNode } from './memory-node.ts';
import { makeSampleChart, type SampleChart, type SampleChartOptions } from './sample-chart.ts';
import { TEST_TIME, TestLedger, type TestMember } from './test-ledger.ts';

/** Tests travel for weeks, in which no block is made. */
const TRUSTING_SECONDS = 10 * 365 * 86_400;

/** What a server's test plays on: a ledger with its node, a clock, and servers by origin. */
export class ServerStage {
  readonly crypto: Crypto;
  readonly ledger: TestLedger;
  readonly node: MemoryNode;
  readonly #clock: { nowMs: number };
  readonly #servers = new Map<string, Transport>();

  private constructor(ledger: TestLedger, node: MemoryNode, clock: { nowMs: number }) {
    this.crypto = ledger.crypto;
    this.ledger = ledger;
    this.node = node;
    this.#clock = clock;
    this.serve(node.transport.name, node.transport);
  }

  /** @param roles Of each member of the network but the registrar. */
  static async start(crypto: Crypto, roles: readonly (readonly Role[])[]): Promise<ServerStage> {
    const ledger = new TestLedger(crypto, roles);
    const clock = { nowMs: TEST_TIME * 1000 };
    const { id: account, service } = ledger.registrar;
    const node = await startMemoryNode({
      ...ledger,
      clock: { nowMs: () => clock.nowMs },
      carrier: { account, service },
    });
    await node.makeBlock();
    return new ServerStage(ledger, node, clock);
  }

  get clock() {
    return { nowMs: () => this.#clock.nowMs };
  }

  get now(): number {
    return Math.floor(this.#clock.nowMs / 1000);
  }

  /** Lets time pass, with a block at its end. */
  async pass(seconds: number): Promise<void> {
    this.#clock.nowMs += seconds * 1000;
    await this.node.makeBlock();
  }

  /** Lets time pass without a block. */
  passSilently(seconds: number): void {
    this.#clock.nowMs += seconds * 1000;
  }

  /** What servers of these organisations are started with. */
  options(member: TestMember) {
    const { crypto, clock } = this;
    const networkFile = { ...this.node.networkFile, trustingPeriodSeconds: TRUSTING_SECONDS };
    return {
      ...{ organisation: member.id, keyPair: member.service, networkFile, crypto, clock },
      connect: (origin: string) => this.transport(origin),
      random: systemRandom,
    };
  }

  /** From now on `origin` is answered by this. */
  serve(origin: string, transport: Transport): void {
    this.#servers.set(origin, transport);
  }

  /** The way to an origin: looked up at each call, so that servers may come and go. */
  transport(origin: string): Transport {
    return {
      name: origin,
      send: async (request, options) => {
        const server = this.#servers.get(origin);
        if (server === undefined) throw new Error('nobody listens there');
        return server.send(request, options);
      },
    };
  }

  /** Signs for the server of an organisation. */
  signer(key: RequestKey, audience: AccountId): SignCall {
    return (request) => {
      const { realm } = this.ledger;
      const options = { key, time: this.now };
      const header = signRequest({ audience, ...request }, options, systemRandom, realm);
      return { [REQUEST_HEADER]: header };
    };
  }

  /** Signs as an organisation's service. */
  as({ id: account, service: keyPair }: TestMember, audience: AccountId): SignCall {
    const { publicKey } = keyPair;
    return this.signer({ signer: { kind: 'organisation', account, publicKey }, keyPair }, audience);
  }

  /** Signs as the owner of a chart. */
  asOwner(chart: Pick<SampleChart, 'keys' | 'authority'>, audience: AccountId): SignCall {
    const { keys, authority } = chart;
    return this.signer({ signer: { kind: 'owner', ...authority }, keyPair: keys.ck }, audience);
  }

  /** A chart of nobody real in this network. */
  chart(options: SampleChartOptions): SampleChart {
    return makeSampleChart(this.crypto, { realm: this.ledger.realm, ...options });
  }

  /** Has the ledger take one message of a member's service or officer. */
  async submit<T>(
    { id, service, officer }: TestMember,
    kind: MessageKind<T>,
    message: T,
    by: 'service' | 'officer' = 'service',
  ): Promise<void> {
    const keyPair = by === 'service' ? service : officer;
    const signers = [{ account: id, keyPair }];
    const messages = [encodeMessage(kind, message)];
    const { envelope } = this.ledger.transaction(messages, signers, this.now + 60);
    const request = { params: {}, query: {}, body: envelope };
    checkApplied(await callEndpoint(submitTransaction, request, this.node.transport));
  }

  /** Has the slot of a one-time key written. */
  async carry(value: Uint8Array, keyPair: Ed25519KeyPair): Promise<void> {
    const slot: CarriedSlot = signCarriedSlot({ value, keyPair }, this.ledger.realm);
    const body = { ...slot, token: new Uint8Array(0) };
    const request = { params: {}, query: {}, body };
    checkApplied(await callEndpoint(carrySlot, request, this.node.transport));
  }

  /** Carries the slot of a header. */
  carryHeader({ header, digest }: VerifiedHeader, { keys }: Pick<SampleChart, 'keys'>) {
    return this.carry(digest, keys.slot(header.version));
  }

  stop(): Promise<void> {
    return this.node.stop();
  }
}

function checkApplied({ result }: Receipt): void {
  const { verdict } = Outcome.decode(result.data);
  if (verdict.kind === 'refused') throw new Error(`the ledger refused: ${verdict.code}`);
}
