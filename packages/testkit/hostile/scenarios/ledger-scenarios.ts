import {
  encodeMessage,
  getGenesis,
  networkOf,
  organisationKey,
  streamBlocks,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  callEndpoint,
  callEvents,
  parseTransaction,
  refuseProtocol,
  type Transport,
  type TrustedBlock,
} from '@ward/protocol';
import { type OrganisationWard, submit, type Ward } from '@ward/sdk';
import type { ClientNetwork } from '../../client-network.ts';
import { refusal } from '../lies.ts';
import { type Attempt, once, type Scenario } from '../scenario.ts';

type Connect = (origin: string) => Transport;

/** What anyone may ask a node, and what an organisation submits. */
export async function ledgerScenarios(network: ClientNetwork): Promise<Scenario[]> {
  const writer = await network.organisation('hospital-b');
  const known = await writeSome(network, writer);
  return [...readingScenarios(network, known), ...writingScenarios(network)];
}

interface Known {
  readonly ids: readonly Uint8Array[];
  readonly slots: readonly Uint8Array[];
  readonly height: number;
}

const TRANSACTIONS = 3;

/** A few blocks with transactions, so that there is something to prove. */
async function writeSome(network: ClientNetwork, writer: OrganisationWard): Promise<Known> {
  const ids: Uint8Array[] = [];
  const slots: Uint8Array[] = [];
  let height = 0;
  for (let i = 0; i < TRANSACTIONS; i++) {
    const address = network.random.bytes(32);
    const receipt = await writeSlot(writer, address);
    ids.push(receipt.transaction);
    slots.push(slotOf(network, address));
    height = receipt.block.header.height;
    await network.pass(90);
  }
  return { ids, slots, height };
}

function writeSlot({ keys, connection }: OrganisationWard, address: Uint8Array) {
  const slots = [{ address, value: connection.random.bytes(32) }];
  return submit(connection, [encodeMessage(WriteSlots, { slots })], [keys.serviceSigner]);
}

function slotOf(network: ClientNetwork, address: Uint8Array): Uint8Array {
  const realm = { network: network.networkFile.network, crypto: network.crypto };
  return writtenSlot({ organisation: network.id('hospital-b'), address }, realm);
}

/** A client that only reads, and an honest one for the truth. */
function reading(network: ClientNetwork, act: (ward: Ward) => Promise<unknown>): Scenario['begin'] {
  const truth = once(async () => act(await network.reader()));
  return async (transport: Connect): Promise<Attempt> => {
    const ward = await network.reader({ transport });
    return { act: () => act(ward), truth };
  };
}

/** The client has done it once before, in truth. */
function knowing(begin: Scenario['begin']): Scenario['begin'] {
  return async (connect) => {
    const attempt = await begin(connect);
    await attempt.act();
    return attempt;
  };
}

/** Nothing of it is proved, and the call says that it knows. */
function unverified(begin: Scenario['begin']): Scenario['begin'] {
  return async (connect) => ({ ...(await begin(connect)), isShown: () => true });
}

function readingScenarios(network: ClientNetwork, { ids, slots, height }: Known): Scenario[] {
  const absent = Array.from({ length: 24 }, () => organisationKey(network.random.bytes(16)));
  const present = [organisationKey(network.id('hospital-a')), organisationKey(network.id('payer'))];
  const someKeys = [...present, ...absent.slice(0, 2)];
  return [
    {
      name: 'reads the newest block',
      lies: ['get-light-block'],
      begin: reading(network, (ward) => ward.ledger.head()),
    },
    {
      name: 'has keys proved, those that are there and those that are not',
      lies: ['prove-state'],
      begin: reading(network, (ward) => ward.ledger.prove([...present, ...absent])),
    },
    {
      name: 'has keys proved under a block that it knows',
      oneIn: 3,
      lies: ['prove-state'],
      begin: knowing(reading(network, (ward) => ward.ledger.prove(someKeys))),
    },
    {
      name: 'reads the members of the network',
      oneIn: 4,
      lies: ['prove-state'],
      callsMax: 3,
      begin: reading(network, (ward) => ward.directory.list()),
    },
    {
      name: 'reads a block',
      lies: ['get-block', 'get-light-block'],
      begin: reading(network, (ward) => ward.ledger.block(height)),
    },
    {
      name: 'reads a block that it knows already',
      oneIn: 2,
      lies: ['get-block', 'get-light-block'],
      begin: knowing(reading(network, (ward) => ward.ledger.block(height))),
    },
    {
      name: 'walks the whole chain',
      oneIn: 6,
      lies: ['get-block', 'get-light-block'],
      callsMax: 2,
      begin: reading(network, (ward) => collect(ward.ledger.walk())),
    },
    {
      name: 'reads the receipt of a transaction',
      lies: ['get-receipt'],
      begin: reading(network, (ward) => ward.ledger.receipt(ids[1]!)),
    },
    ...streamScenarios(network, slots),
    ...stateScenarios(network),
  ];
}

/** What a node says of itself and of its chain. */
function stateScenarios(network: ClientNetwork): Scenario[] {
  return [
    {
      name: 'compares a genesis with the network file',
      lies: ['get-genesis'],
      begin: reading(network, (ward) => checkGenesis(ward)),
    },
    {
      name: 'asks a node for its state, which it says it does not verify',
      lies: ['get-status'],
      begin: unverified(reading(network, (ward) => ward.ledger.status({ unverified: true }))),
    },
  ];
}

async function checkGenesis({ connection }: Ward): Promise<unknown> {
  const { realm, nodes } = connection;
  const request = { params: {}, query: {}, body: null };
  const genesis = await callEndpoint(getGenesis, request, nodes[0]!);
  const isOwn = Buffer.compare(networkOf(genesis, realm.crypto), realm.network) === 0;
  if (!isOwn) throw refuseProtocol('PROOF_INVALID', { height: 0 });
  return genesis;
}

function streamScenarios(network: ClientNetwork, slots: readonly Uint8Array[]): Scenario[] {
  return [
    {
      name: 'waits for slots among all that are announced',
      lies: ['stream-slots'],
      callsMax: 2,
      begin: reading(network, async (ward) => {
        const hits = await collect(ward.ledger.awaitSlots(slots, { from: 1, checkEveryMs: 40 }));
        return hits.toSorted((a, b) => Buffer.compare(a.slot, b.slot));
      }),
    },
    {
      name: 'believes the blocks of a stream',
      lies: ['stream-blocks'],
      begin: async (transport) => {
        const ward = await network.reader({ transport });
        const honest = await network.reader();
        let believed: TrustedBlock[] = [];
        return {
          act: async () => {
            believed = await followStream(ward);
            return believed;
          },
          // A stream may leave blocks out or tell one twice; each has to be one of the chain.
          truth: async () => {
            const blocks = believed.map(({ header }) => honest.ledger.block(header.height));
            const all = (await Promise.all(blocks)).map(({ block }) => block);
            return Promise.all(all.map((block) => honest.connection.ledger.follow(block)));
          },
        };
      },
    },
  ];
}

const FOLLOWED = 3;
const SILENCE_MS = 500;

/** The first blocks of a stream, as far as they come. */
async function followStream({ connection }: Ward): Promise<TrustedBlock[]> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), SILENCE_MS);
  const request = { params: {}, query: { from: 2 }, body: null, signal: stop.signal };
  const believed: TrustedBlock[] = [];
  try {
    for await (const block of callEvents(streamBlocks, request, connection.nodes[0]!)) {
      believed.push(await connection.ledger.follow(block));
      if (believed.length === FOLLOWED) return believed;
    }
  } finally {
    clearTimeout(timer);
  }
  throw refuseProtocol('SERVER_UNREACHABLE');
}

function writingScenarios(network: ClientNetwork): Scenario[] {
  let count = 0;
  const begin = (isReplayed: boolean) => async (connect: Connect) => {
    const transport = isReplayed ? (origin: string) => sayingReplayed(connect(origin)) : connect;
    const ward = await network.organisation('hospital-b', { transport });
    let name = '';
    return {
      async act() {
        name = `Hospital B (${++count})`;
        const receipt = await ward.network.update({ name });
        return { receipt, name };
      },
      async truth() {
        const id = await newestTransaction(network);
        // A new reader each time: one keeps what it has proved for a few seconds.
        const { directory } = await network.reader();
        const { name: found } = await directory.show(network.id('hospital-b'));
        return { receipt: await network.node.queries.receipt(id), name: found };
      },
    };
  };
  return [
    { name: 'submits a transaction', lies: ['submit-transaction'], begin: begin(false) },
    {
      name: 'is told that a transaction was there before, and asks for its receipt',
      oneIn: 3,
      lies: ['get-receipt'],
      begin: begin(true),
    },
  ];
}

/** Id of the last transaction that a block took. */
async function newestTransaction({ node, crypto }: ClientNetwork): Promise<Uint8Array> {
  const { height } = node.engine.newest!.header;
  for (let at = height; at > 0; at--) {
    const { transactions } = node.queries.block(at);
    if (transactions.length === 0) continue;
    return parseTransaction(transactions.at(-1)!, crypto).id;
  }
  throw new Error('a chain without transactions');
}

/** A node that takes a transaction and then says that it had it before. */
function sayingReplayed(honest: Transport): Transport {
  return {
    name: honest.name,
    async send(request, options) {
      const answer = await honest.send(request, options);
      if (request.method !== 'POST' || request.target !== '/v1/transactions') return answer;
      return refusal('TRANSACTION_REPLAYED');
    },
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
