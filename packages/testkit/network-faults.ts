import { setTimeout as wait } from 'node:timers/promises';
import type { LinkState } from './network-links.ts';
import type { NetworkNode, NetworkStage, Part } from './network-stage.ts';

/** How long it took until a network went on, once for each fault. */
export interface FaultFigures {
  readonly recoveriesMs: number[];
}

const PARTS = ['node', 'engine', 'both'] as const;
const DELAY_MS_MAX = 1500;
/** Every so often a node is killed again while it starts. */
const AGAIN = 5;
const FREEZE_MS = 10_000;
const PARTED_MS = 8000;
/** After so long nothing is on its way any more between those who are parted. */
const QUIET_MS = 5000;

/**
 * Kills a process of a random node at a random moment, starts it again, and compares what all have,
 * as often as told.
 */
export async function killAtRandom(stage: NetworkStage, rounds: number): Promise<FaultFigures> {
  const recoveriesMs: number[] = [];
  const { random } = stage.script;
  for (let round = 1; round <= rounds; round++) {
    await wait(random.below(DELAY_MS_MAX));
    const node = random.pick(stage.nodes);
    const part = random.pick(PARTS);
    stage.note(`${round}: kill -9 of ${part} of ${node.name}`);
    await killPart(node, part);
    if (part !== 'engine') {
      await wait(random.below(DELAY_MS_MAX / 3));
      if (random.below(AGAIN) === 0) await killWhileStarting(stage, node);
      await stage.startAgain(node);
    }
    recoveriesMs.push(await stage.untilAdvancing());
    await stage.check();
  }
  return { recoveriesMs };
}

async function killPart(node: NetworkNode, part: Part): Promise<void> {
  if (part === 'engine') node.signal('engine', 'SIGKILL');
  else await node.kill(part);
}

async function killWhileStarting(stage: NetworkStage, node: NetworkNode): Promise<void> {
  const { random } = stage.script;
  const delayMs = random.below(1200);
  stage.note(`start ${node.name}, kill -9 after ${delayMs} ms`);
  node.start();
  await wait(delayMs);
  await node.kill(random.below(2) === 0 ? 'node' : 'both');
}

/** Stops a node, its CometBFT, or both, as by SIGSTOP, for ten seconds; the others go on. */
export async function freeze(stage: NetworkStage, parts: readonly Part[]): Promise<FaultFigures> {
  const recoveriesMs: number[] = [];
  for (const part of parts) {
    const node = stage.script.random.pick(stage.nodes);
    stage.note(`SIGSTOP of ${part} of ${node.name}`);
    node.signal(part, 'SIGSTOP');
    await wait(FREEZE_MS / 2);
    await stage.untilAdvancing(without(stage, [node]));
    await wait(FREEZE_MS / 2);
    stage.note('SIGCONT');
    node.signal(part, 'SIGCONT');
    recoveriesMs.push(await stage.untilAdvancing());
    await stage.check();
  }
  return { recoveriesMs };
}

function without(stage: NetworkStage, nodes: readonly NetworkNode[]): NetworkNode[] {
  return stage.nodes.filter((node) => !nodes.includes(node));
}

type Parted = Exclude<LinkState, 'open'>;

async function heal(stage: NetworkStage, figures: FaultFigures): Promise<void> {
  stage.note('heal');
  stage.links.heal();
  figures.recoveriesMs.push(await stage.untilAdvancing());
  await stage.check();
}

/** One of four is parted from the others, which go on. */
export async function partMinority(stage: NetworkStage, state: Parted): Promise<FaultFigures> {
  const figures = { recoveriesMs: [] };
  const [alone, ...others] = shuffled(stage);
  stage.note(`part ${alone} from the others: ${state}`);
  stage.links.part([[alone!], others], state);
  await wait(PARTED_MS);
  await stage.untilAdvancing(others.map((index) => stage.nodes[index]!));
  await heal(stage, figures);
  return figures;
}

/**
 * Two and two: nobody goes on.
 *
 * @throws Error when somebody does.
 */
export async function partEvenly(stage: NetworkStage, state: Parted): Promise<FaultFigures> {
  const figures = { recoveriesMs: [] };
  const [a, b, c, d] = shuffled(stage) as [number, number, number, number];
  stage.note(`part ${a}, ${b} from ${c}, ${d}: ${state}`);
  stage.links.part(
    [
      [a, b],
      [c, d],
    ],
    state,
  );
  await wait(QUIET_MS);
  if (await stage.isAdvancing(stage.nodes, PARTED_MS)) throw new Error('half of the votes decided');
  await heal(stage, figures);
  return figures;
}

/** One is heard by nobody, or hears nobody; the others go on. */
export async function partOneWay(stage: NetworkStage, isHeard: boolean): Promise<FaultFigures> {
  const figures = { recoveriesMs: [] };
  const [alone, ...others] = shuffled(stage) as [number, ...number[]];
  stage.note(`${alone} ${isHeard ? 'hears nobody' : 'is heard by nobody'}`);
  for (const other of others) {
    if (isHeard) stage.links.set(other, alone, 'silent');
    else stage.links.set(alone, other, 'silent');
  }
  await wait(PARTED_MS);
  await stage.untilAdvancing(others.map((index) => stage.nodes[index]!));
  await heal(stage, figures);
  return figures;
}

/** Links come and go, faster than anybody could get used to it. */
export async function flap(stage: NetworkStage, times: number): Promise<FaultFigures> {
  const figures = { recoveriesMs: [] };
  const { random } = stage.script;
  for (let time = 0; time < times; time++) {
    const [alone, ...others] = shuffled(stage);
    const state = random.pick(['silent', 'cut'] as const);
    stage.note(`flap ${alone}: ${state}`);
    stage.links.part([[alone!], others], state);
    await wait(200 + random.below(1500));
    stage.links.heal();
    await wait(random.below(1500));
  }
  await heal(stage, figures);
  return figures;
}

/** Starts a node again with a clock that is off by something else. */
export async function setClock(
  stage: NetworkStage,
  node: NetworkNode,
  clockOffsetMs: number,
): Promise<FaultFigures> {
  stage.note(`clock of ${node.name} is off by ${clockOffsetMs} ms`);
  await node.kill('both');
  await node.untilEngineGone();
  node.changes = { clockOffsetMs };
  const startedMs = performance.now();
  await stage.startAgain(node);
  await stage.untilAdvancing();
  await stage.check();
  return { recoveriesMs: [performance.now() - startedMs] };
}

function shuffled(stage: NetworkStage): number[] {
  const rest = stage.nodes.map((_, index) => index);
  const { random } = stage.script;
  return stage.nodes.map(() => rest.splice(random.below(rest.length), 1)[0]!);
}

/** A node loses all that it had and fetches the chain from the others, block by block. */
export async function wipe(stage: NetworkStage, node: NetworkNode): Promise<FaultFigures> {
  stage.note(`wipe ${node.name}`);
  await node.kill('both');
  await node.untilEngineGone();
  node.wipe();
  stage.checker.forget(node);
  const startedMs = performance.now();
  await stage.startAgain(node);
  await stage.untilAdvancing();
  await stage.check();
  return { recoveriesMs: [performance.now() - startedMs] };
}

/** A node loses all that it had and begins again with a snapshot of another. */
export async function wipeAndJoin(stage: NetworkStage, node: NetworkNode): Promise<FaultFigures> {
  const others = without(stage, [node]);
  const [first] = others;
  await stage.check();
  const height = await first!.ask('snapshot', null);
  stage.note(`wipe ${node.name}, join at the snapshot of ${first!.name} of ${height}`);
  await node.kill('both');
  await node.untilEngineGone();
  node.wipe();
  stage.checker.forget(node);
  const servers = others.map(({ lightAddress }) => `http://${lightAddress}`);
  node.changes = { joining: { height: 1, hash: stage.checker.block(1).hash, servers } };
  // A snapshot counts when the next header names its state, and is offered behind that.
  await stage.untilAdvancing(others);
  const startedMs = performance.now();
  await stage.startAgain(node);
  await stage.untilAdvancing();
  const { oldest } = await node.ask('state', null);
  if (oldest !== height + 1) throw new Error(`${node.name} has blocks from ${oldest} on`);
  await stage.check();
  node.changes = {};
  return { recoveriesMs: [performance.now() - startedMs] };
}

/** Walks the points at which CometBFT can be told to end itself, each at another node. */
export async function crashAtPoints(
  stage: NetworkStage,
  points: readonly number[],
): Promise<FaultFigures & { readonly reached: number[] }> {
  const recoveriesMs: number[] = [];
  const reached: number[] = [];
  for (const point of points) {
    const node = stage.nodes[point % stage.nodes.length]!;
    stage.note(`crash point ${point} of ${node.name}`);
    node.log.length = 0;
    node.failAt(point);
    node.signal('engine', 'SIGKILL');
    if (await stage.hears(node, `fail-test ${point} `)) reached.push(point);
    recoveriesMs.push(await stage.untilAdvancing());
    await stage.check();
  }
  return { recoveriesMs, reached };
}
