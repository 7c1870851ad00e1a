import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { DiskFaults } from './network-disk.ts';
import type { FaultFigures } from './network-faults.ts';
import type { NetworkNode, NetworkStage } from './network-stage.ts';

const FAULT_MS = 10_000;
/** How far from the end of a file a tear or a flip may be. */
const TAIL_BYTES = 400;
const PIECE_BYTES = 64 * 1024;
/** Files that a crash may leave torn, in the home of a node. */
const TAILS = [
  ['ledger', /\.log$/],
  ['headers', /^records-/],
  ['headers', /^index-/],
] as const;

/** A node whose disk is full, or slow, for ten seconds; the others go on. */
export async function spoilDisk(stage: NetworkStage, faults: DiskFaults): Promise<FaultFigures> {
  const node = stage.script.random.pick(stage.nodes);
  stage.note(`disk of ${node.name}: ${JSON.stringify(faults)}`);
  await node.ask('disk', faults);
  await wait(FAULT_MS);
  const others = stage.nodes.filter((other) => other !== node);
  await stage.untilAdvancing(others);
  stage.note(`disk of ${node.name} is well`);
  await node.ask('disk', { isFull: false, delayMs: 0 });
  const recoveriesMs = [await stage.untilAdvancing()];
  await stage.check();
  return { recoveriesMs };
}

/** Fills the file system on which a node has its home, and makes room again. */
export async function fillHome(stage: NetworkStage, node: NetworkNode): Promise<FaultFigures> {
  const path = node.path('filling');
  stage.note(`fill the disk of ${node.name}`);
  fill(path);
  await wait(FAULT_MS);
  fill(path);
  const others = stage.nodes.filter((other) => other !== node);
  await stage.untilAdvancing(others);
  stage.note(`make room on the disk of ${node.name}`);
  rmSync(path);
  const startedMs = performance.now();
  if (!node.isRunning) await stage.startAgain(node);
  await stage.untilAdvancing();
  await stage.check();
  return { recoveriesMs: [performance.now() - startedMs] };
}

/** Writes until nothing fits any more. */
function fill(path: string): void {
  const file = openSync(path, 'a');
  const piece = Buffer.alloc(PIECE_BYTES);
  try {
    for (let size = piece.length; size > 0; ) {
      try {
        writeSync(file, piece, 0, size);
      } catch {
        size >>= 1;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Kills a node, tears the end of a file of it off or turns a bit there, and starts it again. */
export async function damageTails(stage: NetworkStage, times: number): Promise<FaultFigures> {
  const recoveriesMs: number[] = [];
  const { random } = stage.script;
  for (let time = 0; time < times; time++) {
    const node = random.pick(stage.nodes);
    const [folder, pattern] = TAILS[time % TAILS.length]!;
    await node.kill('both');
    await node.untilEngineGone();
    const name = readdirSync(node.path(folder))
      .filter((own) => pattern.test(own))
      .sort()
      .at(-1)!;
    const back = 1 + random.below(TAIL_BYTES);
    const isTorn = random.below(2) === 0;
    stage.note(
      `${isTorn ? 'tear' : 'flip'} ${folder}/${name} of ${node.name}, ${back} from its end`,
    );
    damage(node.path(folder, name), { back, isTorn });
    stage.checker.forget(node);
    const startedMs = performance.now();
    await stage.startAgain(node);
    await stage.untilAdvancing();
    recoveriesMs.push(performance.now() - startedMs);
    await stage.check();
  }
  return { recoveriesMs };
}

function damage(path: string, { back, isTorn }: { back: number; isTorn: boolean }): void {
  const file = openSync(path, 'r+');
  try {
    const at = Math.max(0, fstatSync(file).size - back);
    if (isTorn) ftruncateSync(file, at);
    else {
      const byte = Buffer.alloc(1);
      readSync(file, byte, 0, 1, at);
      byte[0]! ^= 1 << (back % 8);
      writeSync(file, byte, 0, 1, at);
    }
  } finally {
    closeSync(file);
  }
}
