import type { BindContracts, VerifiedTransaction } from '@ward/ledger';
import { type Crypto, parseTransaction, verifySignatures, WardError } from '@ward/protocol';
import { seededRandom } from '../../seeded-random.ts';
import { Cast } from './cast.ts';
import { unmigratedSlots } from './decided-chain.ts';
import { makeTrouble, startAgain } from './faults.ts';
import { anyTransaction } from './grammar.ts';
import { quickCrypto } from './quick-crypto.ts';
import { NODES, SimulatedEngine } from './simulated-engine.ts';
import { Tally } from './tally.ts';

export interface SimulationOptions {
  /** Blocks to make. */
  readonly blocks: number;
  readonly crypto: Crypto;
  /** Contracts in place of the built-in ones, to see that a broken rule is found. */
  readonly contracts?: BindContracts;
}

/** What a run came to. */
export interface LedgerSimulation {
  readonly seed: number;
  readonly blocks: number;
  readonly rounds: number;
  /** Of everything that happened, in order: another run of the seed has the same. */
  readonly digest: string;
  readonly tally: Tally;
}

/** One seed in so many signs and verifies with Ed25519; the others with a digest in its place. */
const REAL_SIGNATURES_EVERY = 16;
const STUCK_ROUNDS = 400;
const REPLAYED_MAX = 40;
const PAGE_KEYS = 1000;

const quick = new WeakMap<Crypto, Crypto>();

function quickOf(crypto: Crypto): Crypto {
  const made = quick.get(crypto) ?? quickCrypto(crypto);
  quick.set(crypto, made);
  return made;
}

/**
 * Four nodes under a simulated engine, clock, disk and network, with hostile transactions and all
 * that may go wrong; beside them the naive ledger, which must come to the same.
 *
 * @throws Error that names the seed and the round, so that the same seed shows it again.
 */
export function simulateLedger(seed: number, options: SimulationOptions): LedgerSimulation {
  const { blocks, crypto, contracts } = options;
  const isReal = seed % REAL_SIGNATURES_EVERY === 0;
  const cast = new Cast(seededRandom(seed), isReal ? crypto : quickOf(crypto));
  const tally = new Tally();
  const run = { isReal, earlier: [], lastBlockRound: 0 };
  const engine = new SimulatedEngine(cast, tally, contracts === undefined ? {} : { contracts });
  try {
    while (engine.chain.height < blocks) step(engine, run);
    finish(engine);
  } catch (error) {
    const { message } = error as Error;
    const place = `seed ${seed}, round ${engine.round}, height ${engine.chain.height}`;
    throw new Error(`${place}, ${cast.network}: ${message}`, { cause: error });
  }
  return { seed, blocks, rounds: engine.round, digest: tally.digest(), tally };
}

interface Run {
  readonly isReal: boolean;
  /** Transactions that may be sent again. */
  readonly earlier: VerifiedTransaction[];
  lastBlockRound: number;
}

/** One round: trouble, clients, messages, a proposal, and nodes that catch up. */
function step(engine: SimulatedEngine, run: Run): void {
  const { cast, chain } = engine;
  const { random } = cast;
  const { height } = chain;
  engine.round++;
  cast.time += random.pick([1, 1, 1, 2, 3, 5, 12]) * (random.below(25) === 0 ? 10 : 1);
  cast.height = height + 1;
  makeTrouble(engine, engine.round - run.lastBlockRound);
  send(engine, run);
  engine.deliver();
  engine.runRound();
  engine.catchUp();
  if (engine.round % 20 === 0) restoreStranded(engine);
  if (chain.height > height) run.lastBlockRound = engine.round;
  if (engine.round - run.lastBlockRound > STUCK_ROUNDS) throw new Error('no more blocks are made');
}

function send(engine: SimulatedEngine, { isReal, earlier }: Run): void {
  const { cast, network, round, tally } = engine;
  const { random } = cast;
  const count = random.pick([0, 0, 1, 1, 1, 2]);
  for (let i = 0; i < count; i++) {
    const isReplay = earlier.length > 0 && random.below(14) === 0;
    const made = isReplay ? random.pick(earlier) : anyTransaction(cast, cast.time);
    const transaction = isReal ? verifiedAtDoor(made, cast, tally) : made;
    if (transaction === undefined) continue;
    if (!isReplay) earlier[random.below(REPLAYED_MAX) % (earlier.length + 1)] = transaction;
    for (let to = 0; to < NODES; to++) {
      network.send({ kind: 'transaction', transaction }, { to, now: round });
    }
  }
}

/** What a node's door does: it parses, and verifies every signature. */
function verifiedAtDoor(
  { envelope }: VerifiedTransaction,
  { ledger }: Cast,
  tally: Tally,
): VerifiedTransaction | undefined {
  try {
    const parsed = parseTransaction(envelope, ledger.crypto);
    const passkeys = verifySignatures(parsed, ledger.crypto);
    return { envelope, id: parsed.id, digest: parsed.digest, passkeys };
  } catch (error) {
    if (!(error instanceof WardError)) throw error;
    tally.note('refused at the door', error.code);
    return undefined;
  }
}

/** All is well again: every node comes to the same end, which is that of the naive ledger. */
function finish(engine: SimulatedEngine): void {
  const { nodes, chain, network } = engine;
  network.heal();
  for (let i = 0; nodes.some(({ height }) => height < chain.height); i++) {
    if (i > STUCK_ROUNDS) throw new Error('a node does not catch up');
    for (const node of nodes) if (!node.isUp) startAgain(engine, node);
    engine.catchUp();
    restoreStranded(engine);
  }
  for (const node of nodes) {
    chain.checkWhole(node.machine!);
    if (!node.isLike(nodes[0]!)) throw new Error(`node ${node.index} ended in another state`);
  }
  checkMigration(engine);
}

/** Where nobody keeps the blocks that a node lacks, it takes over the disk of another. */
function restoreStranded({ nodes, chain, tally }: SimulatedEngine): void {
  const [whole] = nodes.filter(({ height }) => height === chain.height);
  for (const node of nodes) {
    const next = node.height + 1;
    const isServed =
      next > chain.height ||
      nodes.some(({ machine, height }) => {
        return machine !== undefined && height >= next && machine.oldestBlock <= next;
      });
    if (whole === undefined || whole === node || !node.isUp || isServed) continue;
    tally.note('restored for want of blocks', node.index);
    node.copyFrom(whole);
  }
}

/** Behind an upgrade, pages enough leave nothing as the release before wrote it. */
function checkMigration({ nodes, chain, tally }: SimulatedEngine): void {
  const { machine } = nodes[0]!;
  let pages = 0;
  for (let height = chain.height; height > 0; height--) {
    const { release, block } = chain.at(height);
    if (release === undefined || release === chain.at(1).release) break;
    if (block.transactions.length > 0) pages++;
  }
  if (pages === 0) return;
  tally.note('upgrade');
  const isOver = pages * PAGE_KEYS > machine!.stats().keys;
  if (isOver && unmigratedSlots(machine!) > 0) throw new Error('a migration left records behind');
}
