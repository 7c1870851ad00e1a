import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameReader, SubmitAnswers } from '@ward/engine';
import { LoadLedger } from './load-ledger.ts';
import type {
  ClientOrders,
  FromClient,
  LoadOrders,
  LoadResult,
  ToClient,
} from './load-messages.ts';

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** Answers of the first seconds are not counted: engine and compiler warm up. */
const WARM_UP_SECONDS = 2;
const PACE_MS = 2;

/** Frames that are signed, one behind the other, and where each begins. */
interface Frames {
  readonly bytes: Uint8Array;
  readonly starts: Float64Array;
  next: number;
}

/** One socket with a share of the window. */
class LoadSocket {
  readonly #socket: Socket;
  readonly #reader = new FrameReader(ANSWER_BYTES_MAX);
  readonly #sentMs: number[] = [];
  readonly onAnswer: (latencyMs: number, isRefused: boolean) => void;
  open = 0;

  constructor(path: string, onAnswer: (latencyMs: number, isRefused: boolean) => void) {
    this.#socket = connect({ path });
    this.onAnswer = onAnswer;
    this.#socket.on('data', (chunk) => this.#receive(chunk));
  }

  send(frames: Frames, wanted: number): void {
    const count = Math.min(wanted, frames.starts.length - 1 - frames.next);
    if (count <= 0) return;
    const from = frames.starts[frames.next]!;
    frames.next += count;
    this.#socket.write(frames.bytes.subarray(from, frames.starts[frames.next]!));
    const now = performance.now();
    for (let i = 0; i < count; i++) this.#sentMs.push(now);
    this.open += count;
  }

  #receive(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    const now = performance.now();
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
      const { committed, refused } = SubmitAnswers.decode(frame);
      this.open -= committed.length + refused.length;
      for (const { frame: number, refusal } of committed) {
        this.onAnswer(now - this.#sentMs[number]!, refusal !== null);
      }
      for (const { frame: number } of refused) this.onAnswer(now - this.#sentMs[number]!, true);
    }
  }

  end(): void {
    this.#socket.end();
  }
}

let frames: Frames | undefined;
let paths: readonly string[] = [];

async function sign(orders: ClientOrders) {
  const { first, count, messages, slotsPerMessage = 1, member, paths: own } = orders;
  const load = await LoadLedger.load(orders);
  const shape = { messages, slotsPerMessage, ...(member === undefined ? {} : { member }) };
  const parts: Uint8Array[] = [];
  const starts = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    const frame = encodeFrame(load.envelope(first + i, shape));
    parts.push(frame);
    starts[i + 1] = starts[i]! + frame.length;
  }
  frames = { bytes: Buffer.concat(parts), starts, next: 0 };
  paths = own;
}

async function load({
  seconds,
  window,
  perSecond,
  isAll = false,
}: LoadOrders): Promise<LoadResult> {
  const source = frames!;
  const latencies: number[] = [];
  let refused = 0;
  let lastMs = 0;
  const share = Math.ceil(window / paths.length);
  const sockets = paths.map(
    (path) =>
      new LoadSocket(path, (latencyMs, isRefused) => {
        latencies.push(latencyMs);
        lastMs = performance.now();
        if (isRefused) refused++;
      }),
  );
  const begin = performance.now();
  const refill = () => {
    const due = perSecond === null ? Number.POSITIVE_INFINITY : dueBy(begin, perSecond);
    for (const socket of sockets) {
      const left = Math.ceil((due - source.next) / sockets.length);
      socket.send(source, Math.min(share - socket.open, left));
    }
  };
  source.next = 0;
  const pacer = setInterval(refill, PACE_MS);
  while (latencies.length === 0) await sleep(PACE_MS / 1000);
  await sleep(WARM_UP_SECONDS);
  // From one answer to another: answers come in blocks, and a block may take as long as all this.
  const before = { count: latencies.length, cpu: process.cpuUsage(), ms: lastMs };
  await sleep(seconds);
  const isDone = () =>
    source.next === source.starts.length - 1 && sockets.every(({ open }) => open === 0);
  while (lastMs === before.ms && !isDone()) await sleep(PACE_MS / 1000);
  while (isAll && !isDone()) await sleep(PACE_MS / 1000);
  const spentMs = lastMs - before.ms;
  const measured = latencies.slice(before.count).sort((a, b) => a - b);
  const cpu = process.cpuUsage(before.cpu);
  clearInterval(pacer);
  while (sockets.some(({ open }) => open > 0)) await sleep(0.05);
  for (const socket of sockets) socket.end();
  const at = (part: number) => measured[Math.floor(measured.length * part)] ?? 0;
  return {
    count: measured.length,
    seconds: spentMs / 1000,
    total: latencies.length,
    refused,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    cpuUs: cpu.user + cpu.system,
  };
}

/** Transactions that should have been sent by now. */
function dueBy(beginMs: number, perSecond: number): number {
  return Math.floor(((performance.now() - beginMs) / 1000) * perSecond);
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function tell(message: FromClient): void {
  process.send!(message);
}

process.on('message', async (message: ToClient) => {
  if (message.kind === 'stop') process.disconnect();
  if (message.kind === 'sign') {
    await sign(message.orders);
    tell({ kind: 'signed' });
  }
  if (message.kind === 'load') tell({ kind: 'loaded', result: await load(message.orders) });
});

// A bench that was ended leaves nothing running.
process.on('disconnect', () => process.exit());
