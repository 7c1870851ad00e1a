import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Outcome } from '@ward/ledger/schema';
import { concatBytes, refuseProtocol } from '@ward/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { Connection } from './connection.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import { SubmitAnswers } from './submit-answers.ts';
import { WORKER_LIMITS } from './worker-messages.ts';

/** A server with one connection that notes its frames; those that begin with 0 are refused. */
class Stage {
  readonly server: Server;
  readonly client: Socket;
  readonly taken: { readonly frame: number; readonly content: number[] }[] = [];
  readonly answers: SubmitAnswers[] = [];
  hasRoom = true;
  isClosed = false;
  connection!: Connection;
  readonly #reader = new FrameReader(64 * 1024 * 1024);

  private constructor(server: Server, port: number) {
    this.server = server;
    this.client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.client.on('data', (chunk) => {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        this.answers.push(SubmitAnswers.decode(frame));
      }
    });
  }

  static async open(): Promise<Stage> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stage = new Stage(server, (server.address() as { port: number }).port);
    const [socket] = (await once(server, 'connection')) as [Socket];
    stage.connection = new Connection(socket, {
      hasRoom: () => stage.hasRoom,
      taken() {},
      closed: () => {
        stage.isClosed = true;
      },
      take(envelope, frame) {
        if (envelope[0] === 0) throw refuseProtocol('TRANSACTION_SIGNATURE', { signer: 0 });
        stage.taken.push({ frame, content: [...envelope] });
      },
    });
    return stage;
  }

  send(...contents: readonly (readonly number[])[]): void {
    const frames = contents.map((content) => encodeFrame(Uint8Array.from(content)));
    this.client.write(concatBytes(...frames));
  }

  /** Answers frames as a block at height 7 would. */
  commit(...frames: readonly number[]): void {
    const committed = frames.map((frame) => ({ frame, index: frame, refusal: null }));
    this.connection.settle({ height: 7, committed, refused: [] });
    this.connection.resume();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  close(): void {
    this.client.destroy();
    this.server.close();
  }
}

const stages: Stage[] = [];
afterEach(() => {
  for (const stage of stages.splice(0)) stage.close();
});

async function open(): Promise<Stage> {
  const stage = await Stage.open();
  stages.push(stage);
  return stage;
}

function codesOf(answers: readonly SubmitAnswers[]): (readonly [number, string])[] {
  return answers.flatMap(({ refused }) =>
    refused.map(({ frame, refusal }) => {
      const { verdict } = Outcome.decode(refusal);
      return [frame, verdict.kind === 'refused' ? verdict.code : 'APPLIED'] as const;
    }),
  );
}

describe('a connection', () => {
  it('takes frames in order and answers them by number', async () => {
    const stage = await open();
    stage.send([1], [2, 2], [3]);
    await stage.until(() => stage.taken.length === 3);
    expect(stage.taken.map(({ frame }) => frame)).toEqual([0, 1, 2]);
    stage.commit(2, 0);
    await stage.until(() => stage.answers.length === 1);
    const { height, committed } = stage.answers[0]!;
    expect(height).toBe(7);
    expect(committed.map(({ frame }) => frame)).toEqual([2, 0]);
  });

  it('refuses a bad frame by its number and goes on with the next', async () => {
    const stage = await open();
    stage.send([1], [0], [0, 0], [4]);
    await stage.until(() => stage.answers.length === 1);
    const code = 'TRANSACTION_SIGNATURE';
    expect(codesOf(stage.answers)).toEqual([
      [1, code],
      [2, code],
    ]);
    expect(stage.taken.map(({ frame }) => frame)).toEqual([0, 3]);
  });

  it('ends where frames cannot be told apart, after it has answered those before', async () => {
    const stage = await open();
    stage.send([1]);
    stage.client.write(Uint8Array.of(255, 255, 255, 255, 1, 2, 3));
    await stage.until(() => stage.answers.length === 1);
    expect(codesOf(stage.answers)).toEqual([[1, 'FRAME_INVALID']]);
    stage.send([2]);
    expect(stage.isClosed).toBe(false);
    stage.commit(0);
    await once(stage.client, 'end');
    expect(stage.answers[1]!.committed.map(({ frame }) => frame)).toEqual([0]);
    expect(stage.taken).toHaveLength(1);
  });

  it('answers a client that has said it sends no more, then ends', async () => {
    const stage = await open();
    stage.hasRoom = false;
    stage.send([1], [2]);
    stage.client.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stage.taken).toHaveLength(0);
    stage.hasRoom = true;
    stage.connection.resume();
    expect(stage.taken).toHaveLength(2);
    stage.commit(0, 1);
    await once(stage.client, 'end');
    await stage.until(() => stage.isClosed);
    expect(stage.answers[0]!.committed).toHaveLength(2);
  });

  it('ends at once for a client that leaves without having sent anything', async () => {
    const stage = await open();
    stage.client.end();
    await stage.until(() => stage.isClosed);
  });

  it('takes no more than its share until some are answered', async () => {
    const stage = await open();
    const max = WORKER_LIMITS.connectionTokensMax;
    stage.send(...Array.from({ length: max + 100 }, () => [1]));
    await stage.until(() => stage.taken.length >= max);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stage.taken).toHaveLength(max);
    stage.commit(...Array.from({ length: 60 }, (_, frame) => frame));
    expect(stage.taken).toHaveLength(max + 60);
  });

  it('stops taking frames of a client that does not read, and goes on when it does', async () => {
    const stage = await open();
    stage.client.pause();
    stage.send([1]);
    await stage.until(() => stage.taken.length === 1);
    const refusal = new Uint8Array(60_000).fill(1);
    for (let frame = 0; frame < 120; frame++) {
      const refused = [{ frame, refusal }];
      stage.connection.settle({ height: 0, committed: [], refused });
    }
    stage.send([2]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(stage.taken).toHaveLength(1);
    stage.client.resume();
    await stage.until(() => stage.taken.length === 2);
  });

  it('drops a client that never reads', async () => {
    const stage = await open();
    stage.client.pause();
    const refusal = new Uint8Array(60_000).fill(1);
    for (let frame = 0; frame < 600; frame++) {
      stage.connection.settle({ height: 0, committed: [], refused: [{ frame, refusal }] });
    }
    await stage.until(() => stage.isClosed);
  });

  it('drops a client whose frame does not come to its end, and no other', async () => {
    const stage = await open();
    const later = () => performance.now() + WORKER_LIMITS.frameMsMax + 1000;
    stage.send([1]);
    await stage.until(() => stage.taken.length === 1);
    stage.connection.dropIfStalled(later());
    stage.client.write(Uint8Array.of(0, 0, 0, 9, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    stage.connection.dropIfStalled(performance.now());
    expect(stage.isClosed).toBe(false);
    stage.connection.dropIfStalled(later());
    await stage.until(() => stage.isClosed);
  });

  it('takes nothing new once it is quiet, and answers what it took', async () => {
    const stage = await open();
    stage.send([1]);
    await stage.until(() => stage.taken.length === 1);
    stage.connection.quiesce();
    stage.send([2]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    stage.commit(0);
    await once(stage.client, 'end');
    expect(stage.taken).toHaveLength(1);
    expect(stage.answers).toHaveLength(1);
  });
});
