import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { socketFolder } from '@ward/testkit/signatures-stage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSignatureRequest, SignatureClient } from './signature-client.ts';
import type { SignatureVerifier, SignedMessage } from './signature-verifier.ts';

let folder: ReturnType<typeof socketFolder>;
let path: string;
let server: Server | undefined;
const sockets: Socket[] = [];
beforeEach(() => {
  folder = socketFolder();
  path = join(folder.path, 's');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  server = undefined;
  folder.remove();
});

/** Says that nothing fits, and takes down what it was asked. */
class Instead implements SignatureVerifier {
  readonly asked: (readonly SignedMessage[])[] = [];

  async verify(signed: readonly SignedMessage[]): Promise<readonly boolean[]> {
    this.asked.push(signed);
    return signed.map(() => false);
  }

  close(): void {}
}

/** A process that answers as it is told. */
async function serve(answer: (socket: Socket, bytes: Buffer) => void): Promise<void> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => answer(socket, bytes));
  }).listen(path);
  await once(server, 'listening');
}

const signed = (count: number): SignedMessage[] =>
  Array.from({ length: count }, (_, i) => ({
    publicKey: new Uint8Array(32).fill(i),
    signature: new Uint8Array(64).fill(i + 1),
    message: new Uint8Array(i),
  }));

const FITTING = [true, true, true, true];
const REFUSED = [false, false, false, false];

describe('the client of the process that verifies signatures', () => {
  it('writes key, signature, length and message of each', () => {
    const bytes = Buffer.from(encodeSignatureRequest(signed(3)));
    expect(bytes.length).toBe(4 + 3 * 100 + 0 + 1 + 2);
    expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
    expect(bytes.subarray(104, 136)).toEqual(Buffer.alloc(32, 1));
    expect(bytes.subarray(136, 200)).toEqual(Buffer.alloc(64, 2));
    expect(bytes.readUInt32LE(200)).toBe(1);
    expect(bytes.readUInt32LE(201 + 4 + 96)).toBe(2);
  });

  it('takes answers in pieces, in the order of what was asked', async () => {
    let total = 0;
    await serve((socket, bytes) => {
      total += bytes.length;
      if (total < encodeSignatureRequest(signed(4)).length * 2) return;
      socket.write(Uint8Array.of(1, 1, 1));
      setImmediate(() => socket.write(Uint8Array.of(1, 0, 0)));
      setImmediate(() => setImmediate(() => socket.write(Uint8Array.of(0, 0))));
    });
    const instead = new Instead();
    const client = new SignatureClient(path, instead);
    const both = [client.verify(signed(4)), client.verify(signed(4))];
    expect(await Promise.all(both)).toEqual([FITTING, REFUSED]);
    expect(instead.asked).toEqual([]);
    client.close();
  });

  it('verifies a few by itself', async () => {
    const instead = new Instead();
    const client = new SignatureClient(path, instead);
    expect(await client.verify(signed(3))).toEqual([false, false, false]);
    expect(await client.verify([])).toEqual([]);
    expect(instead.asked).toEqual([signed(3), []]);
  });

  it('verifies by itself where there is no process, and does not ask at each call', async () => {
    const instead = new Instead();
    let nowMs = 0;
    const client = new SignatureClient(path, instead, () => nowMs);
    expect(await client.verify(signed(4))).toEqual(REFUSED);
    let connections = 0;
    await serve((socket) => {
      connections++;
      socket.write(Uint8Array.of(1, 1, 1, 1));
    });
    expect(await client.verify(signed(4))).toEqual(REFUSED);
    expect(connections).toBe(0);
    nowMs = 100_000;
    expect(await client.verify(signed(4))).toEqual(FITTING);
    client.close();
  });

  it('verifies by itself what a process that ends has not answered', async () => {
    await serve((socket) => {
      socket.write(Uint8Array.of(1, 1, 1, 1, 1), () => socket.destroy());
    });
    const instead = new Instead();
    const client = new SignatureClient(path, instead);
    const both = await Promise.all([client.verify(signed(4)), client.verify(signed(4))]);
    expect(both[1]).toEqual(REFUSED);
    expect(instead.asked).toContainEqual(signed(4));
  });

  it('verifies by itself what a process leaves open', async () => {
    await serve(() => undefined);
    const instead = new Instead();
    const client = new SignatureClient(path, instead);
    const both = [client.verify(signed(4)), client.verify(signed(5))];
    expect(await Promise.all(both)).toEqual([REFUSED, [...REFUSED, false]]);
    expect(instead.asked).toEqual([signed(4), signed(5)]);
  });

  it('believes no process that answers what it was not asked', async () => {
    let asked = 0;
    await serve((socket) => {
      asked++;
      socket.write(Uint8Array.of(1, 1, 1, 1, 1, 1));
    });
    let nowMs = 0;
    const client = new SignatureClient(path, new Instead(), () => nowMs);
    expect(await client.verify(signed(4))).toEqual(FITTING);
    await until(() => sockets[0]!.destroyed);
    expect(await client.verify(signed(4))).toEqual(REFUSED);
    nowMs = 100_000;
    expect(await client.verify(signed(4))).toEqual(FITTING);
    expect(asked).toBe(2);
    client.close();
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
