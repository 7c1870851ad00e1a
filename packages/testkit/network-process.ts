import {
  type AbciApplication,
  type CometbftHome,
  EngineQueries,
  openCometbftHome,
  type StateSync,
} from '@ward/engine';
import {
  getLightBlock,
  getReceipt,
  getStatus,
  proveState,
  submitTransaction,
} from '@ward/ledger/schema';
import {
  type AccountId,
  type Clock,
  type Crypto,
  collectBody,
  headerHash,
  parseTransaction,
  TRANSACTION_LIMITS,
  toHex,
  word,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { door, type HttpServer, Metrics, refuseServer, silentLog, startServer } from '@ward/server';
import type {
  Conduct,
  Joining,
  NetworkAnswers,
  NetworkNews,
  NetworkProcessOptions,
  NetworkQuestion,
} from './network-calls.ts';
import { NetworkDisk } from './network-disk.ts';
import { networkLedger } from './network-plan.ts';

/** Longest wait for what is in work when the process is asked to end. */
const STOP_MS_MAX = 30_000;
const DAY_SECONDS = 86_400;
const TOLD_LINES = /fail-test|evidence|^ended$|panic|CONSENSUS FAILURE/i;

function tell(news: NetworkNews): void {
  if (process.connected) process.send!(news);
}

/** One node of a test's network, with the disk, the clock and the manners that the test wants. */
async function run(options: NetworkProcessOptions): Promise<void> {
  const crypto = await loadCrypto();
  const { home, plan, validator, conduct, clockOffsetMs } = options;
  const ledger = networkLedger(plan, crypto);
  const { genesis } = ledger;
  const clock = { nowMs: () => Date.now() + clockOffsetMs };
  const disk = new NetworkDisk();
  const { joining } = options;
  const running = await openCometbftHome({
    ...(joining === null ? {} : { stateSync: stateSyncOf(joining) }),
    ...{ ...options, genesis, clock, crypto, disk, workers: 1 },
    validatorSeed: ledger.validatorSeeds[validator] ?? crypto.sha256(Buffer.from(home)),
    nodeSeed: Buffer.from(options.nodeSeed, 'hex'),
    listen: { folder: `${home}/ingress` },
    wrapApplication: (inner) => behaving(inner, conduct),
    onLog: ({ level, message, fields }) => {
      if (level !== 'error' && !TOLD_LINES.test(message)) return;
      tell({ kind: 'log', line: `${level} ${message} ${JSON.stringify(fields)}` });
    },
  });
  void running.engine.halted.then((error) => {
    tell({ kind: 'log', line: `halted: ${error.stack}` });
    process.exit(1);
  });
  const organisation = ledger.provider.id;
  const software = 'ward/test';
  const queries = new EngineQueries({ ...running, genesis, organisation, crypto, software });
  const server = await openDoors(queries, { running, organisation, clock });
  const answers = answersOf(running, disk, crypto);
  process.on('message', (question: NetworkQuestion) => void answer(question, answers));
  process.once('SIGTERM', () => {
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    void server
      .close()
      .then(() => running.stop())
      .then(() => process.exit(0));
  });
  tell({ kind: 'ready', path: running.addresses[0]!.path!, origin: server.origin });
}

function stateSyncOf({ height, hash, servers }: Joining): StateSync {
  return { height, servers, hash: Buffer.from(hash, 'hex'), trustSeconds: DAY_SECONDS };
}

/** Has an application keep the rules, or not. */
function behaving(inner: AbciApplication, conduct: Conduct): AbciApplication {
  const propose = async (request: Parameters<AbciApplication['prepareProposal']>[0]) => {
    const { containers = [] } = await inner.prepareProposal(request);
    if (conduct === 'censors') return { containers: [] };
    if (conduct === 'proposes-garbage') return { containers: [Buffer.from('garbage')] };
    return { containers: containers.map(forged) };
  };
  return conduct === 'honest' ? inner : { ...inner, prepareProposal: propose };
}

/** A container with one bit of its last signature turned. */
function forged(container: Uint8Array): Uint8Array {
  const bytes = container.slice();
  bytes[bytes.length - 3]! ^= 1;
  return bytes;
}

interface Doorway {
  readonly running: CometbftHome;
  readonly organisation: AccountId;
  readonly clock: Clock;
}

/** What clients ask a node for. */
function openDoors(queries: EngineQueries, doorway: Doorway): Promise<HttpServer> {
  const { running, organisation, clock } = doorway;
  const max = TRANSACTION_LIMITS.envelopeBytesMax;
  return startServer({
    ...{ organisation, clock, members: null, log: silentLog, metrics: new Metrics() },
    ...{ name: word('node'), version: '0', realm: running.machine.realm },
    doors: [
      door(getStatus, () => queries.status()),
      door(getLightBlock, ({ params }) => queries.lightBlock(params.height)),
      door(getReceipt, ({ params, signal }) => queries.receipt(params.id, signal)),
      door(proveState, ({ body }) => queries.prove(body)),
      door(submitTransaction, async ({ body, signal }) => {
        const envelope = await collectBody(body, max);
        if (envelope === undefined) throw refuseServer('BODY_TOO_LARGE', { max });
        return queries.submit(envelope, signal);
      }),
    ],
  });
}

function answersOf(running: CometbftHome, disk: NetworkDisk, crypto: Crypto): NetworkAnswers {
  const { engine, machine, archive } = running;
  const blockAt = (height: number) => {
    const { header } = archive.lightBlock(height)!;
    const { transactions, results } = machine.block(height)!;
    return {
      ...{ height, hash: toHex(headerHash(header, crypto)), appHash: toHex(header.appHash) },
      transactions: transactions.map((envelope, i): [string, number] => [
        toHex(parseTransaction(envelope, crypto).id),
        results[i]!.code,
      ]),
    };
  };
  return {
    state: async () => ({
      height: engine.newest?.header.height ?? 0,
      executed: machine.height,
      oldest: machine.oldestBlock,
      appHash: toHex(machine.appHash),
      peers: await running.peerCount(),
    }),
    blocks: async ({ from, to }) =>
      Array.from({ length: to - from + 1 }, (_, i) => blockAt(from + i)),
    snapshot: async () => (await engine.makeSnapshot()) ?? 0,
    disk: async (faults) => {
      disk.faults = faults;
      return null;
    },
  };
}

async function answer({ number, call, given }: NetworkQuestion, answers: NetworkAnswers) {
  const asked = answers[call] as (given: unknown) => Promise<unknown>;
  try {
    tell({ kind: 'answer', number, answer: await asked(given), failure: undefined });
  } catch (error) {
    tell({ kind: 'answer', number, answer: undefined, failure: (error as Error).stack });
  }
}

if (import.meta.main) {
  // Whoever started it is gone: so is the network.
  process.on('disconnect', () => process.exit());
  await run(JSON.parse(process.argv[2]!) as NetworkProcessOptions);
}
