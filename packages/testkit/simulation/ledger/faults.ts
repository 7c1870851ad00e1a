import { codeOfWork, type Replica } from './replica.ts';
import type { SimulatedEngine } from './simulated-engine.ts';

/** Rounds without a block behind which nobody is in the way any more. */
const PATIENCE_ROUNDS = 40;
/** Rounds that a partition lasts, about. */
const HEALED_EVERY = 8;
const OPERATIONS_MAX = 12;

type Fault = (engine: SimulatedEngine, node: Replica) => void;

function note({ tally }: SimulatedEngine, what: string, { index, height }: Replica): void {
  tally.note(what, index, height);
}

const FAULTS: readonly Fault[] = [
  (engine, node) => {
    if (!node.isUp) return;
    note(engine, 'killed', node);
    node.crash({ losesPower: false });
  },
  (engine, node) => {
    if (!node.isUp) return;
    note(engine, 'power lost', node);
    node.crash({ losesPower: true });
  },
  // In the middle of one of the next writes, whatever they are for.
  ...Array<Fault>(3).fill((engine, node) => {
    node.storage.losePowerIn(1 + engine.cast.random.below(OPERATIONS_MAX));
  }),
  (engine) => {
    engine.network.part();
    engine.tally.note('partition');
  },
  (engine, node) => {
    node.skew = engine.cast.random.below(11) - 5;
    note(engine, 'clock skew', node);
  },
  ...Array<Fault>(2).fill((engine, node) => keep(engine, node, 'checkpoint')),
  (engine, node) => keep(engine, node, 'part of a checkpoint'),
  (engine, node) => keep(engine, node, 'prune'),
  (engine, node) => {
    const other = engine.cast.random.pick(engine.nodes);
    if (!other.isUp || other === node || other.height < node.height) return;
    note(engine, 'restored from a copy', node);
    node.copyFrom(other);
    node.acknowledged = 0;
  },
  ...Array<Fault>(2).fill(join),
  (engine, node) => {
    const plan = engine.cast.naive.release?.plan;
    if (!plan || !node.isUp) return;
    note(engine, 'installed too early', node);
    node.crash({ losesPower: false });
    node.release = plan.name;
  },
];

/** Upkeep, in the middle of which the power may be lost too. */
function keep(engine: SimulatedEngine, node: Replica, what: string): void {
  const { machine, storage } = node;
  if (machine === undefined) return;
  const { random } = engine.cast;
  const isDone = node.survives(() => {
    if (what === 'checkpoint') machine.checkpoint();
    else if (what === 'prune') machine.prune(Math.max(1, machine.height - random.below(30)));
    else machine.checkpointPart();
    storage.sync();
  });
  note(engine, isDone ? what : 'power lost', node);
}

/** A node goes on from the snapshot of another, on an empty disk or on its own. */
function join(engine: SimulatedEngine, node: Replica): void {
  const other = engine.cast.random.pick(engine.nodes);
  const isAhead = other.isUp && other !== node && other.height > node.height;
  const isWiped = engine.cast.random.below(2) === 0;
  if (!isAhead && !(isWiped && other.isUp && other !== node)) return;
  let code: string | undefined;
  const isDone = node.survives(() => {
    code = codeOfWork(() => node.joinFrom(other, { isWiped }));
  });
  if (code !== undefined && code !== 'SNAPSHOT_NOT_READY')
    throw new Error(`${code} for a snapshot`);
  note(engine, isDone ? (code ?? 'restored from a snapshot') : 'power lost', node);
}

/** Something goes wrong now and then; what is down is started again after a while. */
export function makeTrouble(engine: SimulatedEngine, roundsWithoutBlock: number): void {
  const { random } = engine.cast;
  const isEnough = roundsWithoutBlock > PATIENCE_ROUNDS;
  if (isEnough || random.below(HEALED_EVERY) === 0) engine.network.heal();
  if (!isEnough && random.below(8) === 0) random.pick(FAULTS)(engine, random.pick(engine.nodes));
  for (const node of engine.nodes) {
    if (node.isUp || (!isEnough && random.below(3) > 0)) continue;
    startAgain(engine, node);
  }
}

/** Starts a node; the power may be lost again while it reads its disk. */
export function startAgain(engine: SimulatedEngine, node: Replica): void {
  const isDone = node.survives(() => node.start());
  note(engine, isDone ? 'started' : 'power lost', node);
}
