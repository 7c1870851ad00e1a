import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LightDoor } from './light-door.ts';

let folder: string;
const closers: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-door-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

/** A door before an RPC that answers with what it was asked. */
async function open(): Promise<string> {
  const rpcPath = join(folder, 'rpc');
  const rpc = createServer(async (call, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of call) chunks.push(chunk as Buffer);
    answer.end(Buffer.concat(chunks));
  }).listen(rpcPath);
  await once(rpc, 'listening');
  const door = await LightDoor.open('127.0.0.1:0', rpcPath);
  closers.push(async () => {
    await door!.close();
    rpc.closeAllConnections();
    rpc.close();
  });
  return `http://127.0.0.1:${door!.port}/`;
}

const post = (body: unknown) => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('the light door', () => {
  it('passes on what a light client asks, in its own words', async () => {
    const door = await open();
    const asked = { jsonrpc: '2.0', id: 7, method: 'commit', params: { height: '12' } };
    const more = { ...asked, Method: 'broadcast_tx_sync', extra: 1 };
    expect(await (await fetch(door, post(asked))).json()).toEqual(asked);
    expect(await (await fetch(door, post(more))).json()).toEqual(asked);
    const nested = { ...asked, params: { height: '1', page: { x: 1 }, tx: 'aa' } };
    expect(await (await fetch(door, post(nested))).json()).toEqual({
      ...asked,
      params: { height: '1' },
    });
  });

  it.each([
    ['another call', post({ id: 1, method: 'broadcast_tx_sync', params: {} })],
    ['a call without a number', post({ method: 'commit', params: {} })],
    ['several calls', post([{ id: 1, method: 'commit', params: {} }])],
    ['what is no JSON', post('{')],
    ['null', post('null')],
    ['more than a call', post(' '.repeat(5000))],
    ['another method', { method: 'GET' }],
  ])('refuses %s', async (_, request) => {
    const door = await open();
    expect((await fetch(door, request)).status).toBe(400);
  });

  it('is not there where no address was told', async () => {
    expect(await LightDoor.open(undefined, join(folder, 'rpc'))).toBeUndefined();
  });
});
