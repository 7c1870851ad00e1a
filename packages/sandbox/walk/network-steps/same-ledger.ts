import { setTimeout } from 'node:timers/promises';
import { getLightBlock, getStatus } from '@ward/ledger/schema';
import { callEndpoint, equalBytes, type Height, type LightBlock, WardError } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import type { Network } from '../../network/index.ts';
import type { ServerProcess } from '../../network/server-process.ts';
import { DidNotHold, demand } from '../step.ts';

const POLL_MS = 200;
const WAIT_MS_MAX = 120_000;

/** Height of a node; undefined where it does not answer. */
export async function heightOf({ origin }: ServerProcess): Promise<Height | undefined> {
  try {
    const request = { params: {}, query: {}, body: null };
    return (await callEndpoint(getStatus, request, httpTransport(origin))).height;
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

/** Waits until a node has a height. @throws DidNotHold when it does not come there. */
export async function reached(node: ServerProcess, height: Height): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX;
  while (performance.now() < endMs) {
    const now = await heightOf(node);
    if (now !== undefined && now >= height) return;
    await setTimeout(POLL_MS);
  }
  throw new DidNotHold(`the node of ${node.organisation} does not come to block ${height}`);
}

export function lightBlockOf({ origin }: ServerProcess, height: Height): Promise<LightBlock> {
  const request = { params: { height }, query: {}, body: null };
  return callEndpoint(getLightBlock, request, httpTransport(origin));
}

/**
 * Demands that all nodes come to one height, and have the same block and state there.
 *
 * @returns That height.
 * @throws DidNotHold
 */
export async function demandSameLedger(network: Network): Promise<Height> {
  const running = network.nodes.filter(({ isRunning }) => isRunning);
  const heights = await Promise.all(running.map(heightOf));
  const height = Math.max(...heights.map((each) => each ?? 0));
  await Promise.all(running.map((node) => reached(node, height)));
  const blocks = await Promise.all(running.map((node) => lightBlockOf(node, height)));
  const [first, ...others] = blocks;
  for (const { header, commit } of others) {
    const isSame =
      equalBytes(commit.block.hash, first!.commit.block.hash) &&
      equalBytes(header.appHash, first!.header.appHash);
    demand(isSame, `the nodes have the same block ${height}`);
  }
  return height;
}

/** Blocks go on while something is wrong. @returns How many came. */
export async function demandProgress(node: ServerProcess, blocks: number): Promise<number> {
  const before = await heightOf(node);
  if (before === undefined) throw new DidNotHold(`the node of ${node.organisation} answers`);
  await reached(node, before + blocks);
  return ((await heightOf(node)) ?? before) - before;
}
