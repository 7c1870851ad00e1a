import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { loadCrypto } from '@ward/protocol/crypto';
import { DoorStage } from '@ward/testkit/door-stage';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerLimits } from '../limits.ts';

// Nothing here looks at a clock: a server that waited for ever would make these tests time out.
let stage: DoorStage;
beforeAll(async () => {
  stage = await DoorStage.start(await loadCrypto());
});
const sockets: Socket[] = [];
afterAll(() => stage.stop());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await stage.closeServers();
});

/** A connection to a new server, with what it answers until it ends the connection. */
async function connected(limits: Partial<ServerLimits>) {
  const { server, scene } = await stage.open({ limits });
  const { hostname, port } = new URL(server.origin);
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.push(socket);
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString();
  });
  // The server may end it while something is still being sent.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => answer);
  return { server, scene, socket, closed };
}

const CHART = '05'.repeat(32);
const putting = (length: string) =>
  `PUT /v1/count/${CHART} HTTP/1.1\r\nhost: x\r\n${length}\r\n\r\n`;

describe('a client that stalls', () => {
  it('before it sends a byte is let go', async () => {
    const { closed } = await connected({ headersMsMax: 50 });
    expect(await closed).toContain('REQUEST_INCOMPLETE');
  });

  it('in the head of its request is told so, and let go', async () => {
    const { socket, closed } = await connected({ headersMsMax: 50 });
    socket.write('POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-ty');
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain('"code":"REQUEST_INCOMPLETE"');
  });

  it('in the head of its second request is let go as well', async () => {
    const { socket, closed } = await connected({ headersMsMax: 100 });
    socket.write('DELETE /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.write('DELETE /v1/nothing HT');
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 204 /);
    expect(answer).toContain('"code":"REQUEST_INCOMPLETE"');
  });

  it.each([
    ['of a known length', 'content-length: 500000'],
    ['in chunks', 'transfer-encoding: chunked'],
  ])('in a raw body %s is told so, and let go', async (_, length) => {
    const { socket, closed } = await connected({ bodyIdleMsMax: 50 });
    socket.write(putting(length));
    socket.write('3e8\r\n'.padEnd(1005, 'x'));
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"BODY_INCOMPLETE"');
  });

  it('in a body that is a format is told so, and its memory is free again', async () => {
    const { socket, closed, server } = await connected({ bodyIdleMsMax: 50, heldBytesMax: 4000 });
    const head = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    socket.write(`${head}content-length: 3000\r\n\r\n${'x'.repeat(2900)}`);
    expect(await closed).toContain('"code":"BODY_INCOMPLETE"');
    const body = 'x'.repeat(2900);
    const headers = { 'content-type': 'application/json' };
    const next = await fetch(`${server.origin}/v1/echo`, { method: 'POST', headers, body });
    expect(await next.json()).toMatchObject({ code: 'JSON_INVALID' });
  });

  it('by sending a byte now and then is told so, and let go', async () => {
    const limits = { bodyIdleMsMax: 60_000, bodyGraceMs: 20, bodyBytesPerSecondMin: 1_000_000 };
    const { socket, closed } = await connected(limits);
    socket.write(putting('content-length: 500000'));
    const dripping = setInterval(() => socket.write('x'), 5);
    // Whoever goes on sending may lose the answer when the connection ends.
    socket.once('data', () => clearInterval(dripping));
    const answer = await closed;
    clearInterval(dripping);
    expect(answer).toContain('"code":"BODY_INCOMPLETE"');
  });

  it('with a body that no door reads is refused before it comes', async () => {
    const { socket, closed } = await connected({});
    socket.write(
      'GET /v1/ticks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n',
    );
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"data":{"max":0}');
  });

  it('instead of reading a large answer is let go, and the answer given up', async () => {
    const { socket, closed, scene } = await connected({ stalledMsMax: 200 });
    socket.pause();
    socket.write('GET /v1/stream?bytes=100000000 HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => scene.ended, { timeout: 20_000 }).toBe(1);
    socket.resume();
    const answer = await closed;
    expect(answer.length).toBeLessThan(100_000_000);
  });

  it('between two requests is let go', async () => {
    const { socket, closed } = await connected({ keepAliveMsMax: 50 });
    socket.write('DELETE /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await closed).toMatch(/^HTTP\/1\.1 204 /);
  });
});

describe('a client that does not stall', () => {
  it('is not held to account for the time that the server takes', async () => {
    const { server, scene } = await stage.open({ limits: { bodyIdleMsMax: 50 } });
    const asked = fetch(`${server.origin}/v1/wait`);
    await expect.poll(() => scene.waiting.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    scene.waiting[0]!();
    expect((await asked).status).toBe(204);
  });

  it('reads events for longer than a silent connection may last', async () => {
    const limits = { stalledMsMax: 300, heartbeatMs: 20 };
    const { socket, scene } = await connected(limits);
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    socket.write('GET /v1/ticks HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => text.split(':\n\n').length, { timeout: 20_000 }).toBeGreaterThan(40);
    expect(scene.ended).toBe(0);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a head without end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(20_000)}`],
    [
      'two lengths',
      'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    ],
    ['no host', 'GET /v1/ticks HTTP/1.1\r\nconnection: close\r\n\r\n'],
    ['two hosts', 'GET /v1/ticks HTTP/1.1\r\nhost: x\r\nHost: y\r\nconnection: close\r\n\r\n'],
    ['an expectation of nobody’s', 'GET /v1/ticks HTTP/1.1\r\nhost: x\r\nexpect: gold\r\n\r\n'],
    ['a tunnel', 'CONNECT elsewhere:80 HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a header with a line break', 'GET /v1/ticks HTTP/1.1\r\nhost: x\r\na b: c\r\n\r\n'],
  ])('are refused by code and let go: %s', async (_, bytes) => {
    const { socket, closed } = await connected({});
    socket.write(bytes);
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"REQUEST_MALFORMED"');
  });
});
