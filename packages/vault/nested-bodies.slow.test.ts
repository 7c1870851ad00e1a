import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CBOR_TYPE, encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { startChildServer } from '@ward/testkit/child-server';
import { type HttpBridge, openHttpBridge } from '@ward/testkit/http-bridge';
import { ServerStage } from '@ward/testkit/server-stage';
import { vaultInit } from '@ward/vault';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PROGRAM = new URL('./main.ts', import.meta.url);
/** In KiB: a third of what V8 takes by itself, and twice as much. */
const STACKS = [330, 1900];
const DEPTH = 100_000;
let stage: ServerStage;
let bridge: HttpBridge;
let home: string;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider']]);
  bridge = await openHttpBridge(stage.node.transport);
  home = await mkdtemp(join(tmpdir(), 'ward-vault-'));
  const networkFile = { ...stage.node.networkFile, nodes: [bridge.origin] };
  const { id: organisation, service } = stage.ledger.provider;
  await vaultInit({ organisation, networkFile, serviceSeed: service.secretKey.slice(0, 32) }, home);
});
afterAll(async () => {
  await bridge.close();
  await stage.stop();
  await rm(home, { recursive: true, force: true });
});

/** The same depth in all the ways in which a body can nest. */
const BODIES: readonly (readonly [name: string, type: string, body: Uint8Array])[] = [
  ['lists of JSON', 'application/json', encodeUtf8('['.repeat(DEPTH) + ']'.repeat(DEPTH))],
  ['lists of JSON without end', 'application/json', encodeUtf8('['.repeat(DEPTH))],
  [
    'objects of JSON',
    'application/json',
    encodeUtf8(`${'{"names":'.repeat(DEPTH)}0${'}'.repeat(DEPTH)}`),
  ],
  [
    'lists in a field',
    'application/json',
    encodeUtf8(`{"names":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`),
  ],
  ['lists of CBOR', CBOR_TYPE, new Uint8Array(DEPTH).fill(0x81)],
  ['maps of CBOR', CBOR_TYPE, new Uint8Array(DEPTH).map((_, i) => (i % 2 === 0 ? 0xa1 : 0x00))],
  ['lists in a format', CBOR_TYPE, new Uint8Array(DEPTH).fill(0x81).fill(0x82, 0, 1).fill(1, 1, 2)],
];

async function codesOf(stackKib: number): Promise<readonly string[]> {
  const server = await startChildServer({
    ...{ program: PROGRAM, flags: ['--home', home], nodeFlags: [`--stack-size=${stackKib}`] },
  });
  const codes: string[] = [];
  for (const [name, type, body] of BODIES) {
    const request = { method: 'POST', headers: { 'content-type': type }, body: Buffer.from(body) };
    const answer = await fetch(`${server.origin}/v1/objects`, request);
    const { code } = (await answer.json()) as { code: string };
    codes.push(`${name}: ${code}`);
  }
  expect(await server.stop()).toBe(0);
  return codes;
}

it('answers deep nesting with the same code, however small its stack is', async () => {
  const [small, large] = [await codesOf(STACKS[0]!), await codesOf(STACKS[1]!)];
  expect(small).toEqual(large);
  for (const code of small) expect(code).toMatch(/: (JSON|CBOR|FORMAT|TEXT)_[A-Z_]+$/);
});
