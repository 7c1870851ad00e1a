import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ABCI_FRAME_BYTES_MAX, AbciFrameReader, encodeAbciFrame } from './abci-frames.ts';
import { AbciAnswer, type AbciCall, AbciRequest, abci } from './abci-messages.ts';
import { type AbciApplication, AbciServer } from './abci-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'ward-abci-'));
const path = join(folder, 'socket');
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  rmSync(path, { force: true });
});

/** Answers nothing but what a test says, and keeps the order of the calls. */
function applicationOf(own: Partial<AbciApplication>, calls: string[] = []): AbciApplication {
  return new Proxy(own as AbciApplication, {
    get: (target, name: AbciCall) => (request: never, hurried: Promise<void>) => {
      calls.push(name);
      return target[name]?.(request, hurried) ?? {};
    },
  });
}

async function serve(
  own: Partial<AbciApplication>,
  calls?: string[],
  beforeFailing: (error: Error) => Promise<void> = async () => {},
) {
  const failures: Error[] = [];
  let disconnected = 0;
  const server = new AbciServer({
    path,
    application: applicationOf(own, calls),
    onFailed: (error) => failures.push(error),
    onDisconnected: () => disconnected++,
    beforeFailing,
  });
  await server.start();
  open.push(server);
  return { server, failures, disconnections: () => disconnected };
}

/** CometBFT's side of a connection. */
class Peer {
  readonly socket: Socket;
  readonly #reader = new AbciFrameReader();
  readonly #answers: AbciAnswer['value'][] = [];
  #wake: () => void = () => {};

  constructor() {
    this.socket = connect(path);
    this.socket.on('data', (chunk) => {
      for (const message of this.#reader.push(chunk)) {
        this.#answers.push(abci.decode(AbciAnswer, message).value);
      }
      this.#wake();
    });
    open.push({ close: () => this.socket.destroy() });
  }

  send(...values: AbciRequest['value'][]): void {
    const frames = values.map((value) => encodeAbciFrame(abci.encode(AbciRequest, { value })));
    this.socket.write(Buffer.concat(frames));
  }

  async answers(count: number): Promise<AbciAnswer['value'][]> {
    while (this.#answers.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#answers.splice(0, count);
  }
}

const echo = (text: string) => ({ case: 'echo', value: { text } }) as const;
const flush = { case: 'flush', value: {} } as const;
const insert = (byte: number) =>
  ({ case: 'insertTx', value: { bytes: Uint8Array.of(byte) } }) as const;

describe('a server of ABCI', () => {
  it('answers in the order of the requests, though later ones are done first', async () => {
    const waits: (() => void)[] = [];
    await serve({
      insertTx: ({ bytes }) =>
        new Promise((resolve) => {
          waits.push(() => resolve({ code: bytes[0]! }));
        }),
      echo: ({ text }) => ({ text }),
    });
    const peer = new Peer();
    peer.send(insert(1), echo('a'), insert(2), flush);
    while (waits.length < 2) await new Promise((resolve) => setImmediate(resolve));
    waits[1]!();
    waits[0]!();
    const answers = await peer.answers(4);
    expect(answers.map((answer) => answer.case)).toEqual(['insertTx', 'echo', 'insertTx', 'flush']);
    expect(answers.map((answer) => (answer.value as { code?: number }).code)).toEqual([
      1,
      undefined,
      2,
      undefined,
    ]);
  });

  it('sends what is answered by the same time in one piece', async () => {
    await serve({ insertTx: () => ({ code: 3 }) });
    const peer = new Peer();
    let pieces = 0;
    peer.socket.on('data', () => pieces++);
    for (let i = 1; i <= 3; i++) {
      peer.send(insert(1), flush);
      const answers = await peer.answers(2);
      expect(answers.map((answer) => answer.case)).toEqual(['insertTx', 'flush']);
      expect(pieces).toBe(i);
    }
  });

  it('lets what there is to tell take its time, until something is asked behind it', async () => {
    const calls: string[] = [];
    await serve({ reapTxs: (_, hurried) => hurried!.then(() => ({ containers: [] })) }, calls);
    const peer = new Peer();
    const reap = { case: 'reapTxs', value: { maxBytes: 0n, maxGas: 0n } } as const;
    // A second flush waits for something of its own, though it came at the same time.
    for (const behind of [[insert(1), flush], [flush]]) {
      peer.send(reap, flush, ...behind);
      const answers = await peer.answers(2 + behind.length);
      const expected = [reap, flush, ...behind];
      expect(answers.map((one) => one.case)).toEqual(expected.map((one) => one.case));
    }
    calls.length = 0;
    peer.send(reap, flush);
    const other = new Peer();
    other.send(insert(1), flush, insert(2), flush);
    await other.answers(4);
    await vi.waitUntil(() => calls.includes('reapTxs'));
    peer.send(echo('last'));
    expect((await peer.answers(3)).map((one) => one.case)).toEqual(['reapTxs', 'flush', 'echo']);
  });

  it('begins a block before transactions, and those before queries', async () => {
    const calls: string[] = [];
    await serve({}, calls);
    const [queries, mempool, consensus] = [new Peer(), new Peer(), new Peer()];
    await Promise.all([queries, mempool, consensus].map(({ socket }) => once(socket, 'connect')));
    const query = { data: new Uint8Array(0), path: '' };
    queries.send(...Array.from({ length: 50 }, () => ({ case: 'query', value: query }) as const));
    mempool.send(...Array.from({ length: 50 }, (_, i) => insert(i)));
    consensus.send({ case: 'commit', value: {} });
    await consensus.answers(1);
    await Promise.all([queries.answers(50), mempool.answers(50)]);
    expect(calls.indexOf('commit')).toBeLessThan(100);
    expect(calls.lastIndexOf('insertTx')).toBeLessThan(calls.lastIndexOf('query'));
  });

  it('gives every call its own kind of answer, an empty one too', async () => {
    await serve({});
    const peer = new Peer();
    const nothing = new Uint8Array(0);
    const snapshot = { height: 1n, format: 1, chunks: 1, hash: nothing, metadata: nothing };
    peer.send(
      { case: 'commit', value: {} },
      { case: 'listSnapshots', value: {} },
      { case: 'offerSnapshot', value: { snapshot, appHash: nothing } },
      { case: 'loadSnapshotChunk', value: { height: 1n, format: 1, chunk: 0 } },
      { case: 'applySnapshotChunk', value: { index: 0, chunk: nothing, sender: '' } },
      { case: 'extendVote', value: {} },
      { case: 'verifyVoteExtension', value: {} },
      { case: 'checkTx', value: { bytes: nothing } },
      { case: 'reapTxs', value: { maxBytes: 0n, maxGas: 0n } },
    );
    const kinds = (await peer.answers(9)).map((answer) => answer.case);
    expect(kinds).toEqual([
      ...['commit', 'listSnapshots', 'offerSnapshot', 'loadSnapshotChunk', 'applySnapshotChunk'],
      ...['extendVote', 'verifyVoteExtension', 'checkTx', 'reapTxs'],
    ]);
  });

  it('keeps the answer of a call that throws until what comes before is done', async () => {
    let end = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const asked: string[] = [];
    const { failures } = await serve(
      {
        commit: () => {
          throw new Error('not this release');
        },
      },
      [],
      ({ message }) => {
        asked.push(message);
        return held;
      },
    );
    const peer = new Peer();
    peer.send({ case: 'commit', value: {} });
    await vi.waitFor(() => expect(asked).toEqual(['not this release']));
    expect(failures).toEqual([]);
    end();
    const [answer] = await peer.answers(1);
    expect(answer!.case).toBe('exception');
    expect(failures).toHaveLength(1);
  });

  it('answers a call that throws with an exception, and says so', async () => {
    const { failures } = await serve({
      commit: () => {
        throw new Error('the disk is gone');
      },
    });
    const peer = new Peer();
    peer.send({ case: 'commit', value: {} });
    const [answer] = await peer.answers(1);
    expect(answer!.case).toBe('exception');
    expect(failures.map(({ message }) => message)).toEqual(['the disk is gone']);
  });

  it.each([
    { name: 'bytes that are no message', bytes: Uint8Array.of(3, 0xff, 0xff, 0xff) },
    { name: 'a call that ABCI has no more', bytes: Uint8Array.of(2, 0x22, 0) },
    { name: 'a message that is too long', bytes: Uint8Array.of(0xff, 0xff, 0xff, 0x7f) },
    { name: 'a length without end', bytes: new Uint8Array(8).fill(0x80) },
  ])('closes a connection on which come $name', async ({ bytes }) => {
    const { failures } = await serve({});
    const peer = new Peer();
    peer.socket.write(bytes);
    await once(peer.socket, 'close');
    expect(failures).toHaveLength(1);
  });

  it('says when the connection of consensus is gone, and of no other', async () => {
    const { disconnections } = await serve({});
    const [other, consensus] = [new Peer(), new Peer()];
    other.send(flush);
    await other.answers(1);
    const finalize = abci.encode(AbciRequest, {
      value: { case: 'finalizeBlock', value: { height: 1n } as never },
    });
    consensus.socket.write(encodeAbciFrame(finalize));
    await consensus.answers(1);
    other.socket.destroy();
    consensus.socket.destroy();
    while (disconnections() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(disconnections()).toBe(1);
  });

  it('listens where a killed process has left its socket, for its owner alone', async () => {
    writeFileSync(path, 'left behind');
    await serve({});
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const peer = new Peer();
    peer.send(flush);
    expect((await peer.answers(1))[0]!.case).toBe('flush');
  });
});

describe('frames of ABCI', () => {
  const sizes = [0, 1, 127, 128, 300, 16_383, 16_384, 70_000];
  const messages = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
  const bytes = Buffer.concat(messages.map(encodeAbciFrame));

  it('have their length before them, seven bits a byte, the lowest first', () => {
    expect([...encodeAbciFrame(new Uint8Array(300)).subarray(0, 2)]).toEqual([0xac, 0x02]);
    expect([...encodeAbciFrame(new Uint8Array(0))]).toEqual([0]);
  });

  it('are cut out of whatever pieces they come in', () => {
    const random = seededRandom(5);
    for (let run = 0; run < 50; run++) {
      const reader = new AbciFrameReader();
      const found: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random.below(run % 2 === 0 ? 40 : 30_000);
        found.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found.map(({ length }) => length)).toEqual(sizes);
      for (const [i, one] of found.entries()) expect(Buffer.compare(one, messages[i]!)).toBe(0);
    }
  });

  it('are refused above the most bytes, before they have come', () => {
    const length = ABCI_FRAME_BYTES_MAX + 1;
    const head = [0, 7, 14, 21].map((bits, i) => ((length >>> bits) & 0x7f) | (i < 3 ? 0x80 : 0));
    expect(() => new AbciFrameReader().push(Uint8Array.from(head))).toThrow('too long');
  });
});
