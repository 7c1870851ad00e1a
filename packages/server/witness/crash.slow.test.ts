import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCosignedHead } from '@ward/ledger/schema';
import { callEndpoint, toHex, verifyCosignatures, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { httpTransport } from '@ward/protocol/http-transport';
import { forkedNetwork } from '@ward/testkit/forked-network';
import { type HttpBridge, openHttpBridge } from '@ward/testkit/http-bridge';
import { type LightNode, lightNode } from '@ward/testkit/light-node';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { witnessInit } from './witness-home.ts';

const PROGRAM = new URL('./main.ts', import.meta.url);
const ROUNDS = 8;
/** A process is killed at one of its first requests, or while it serves. */
const REQUESTS_MAX = 12;
const SERVES_MS_MAX = 2500;
const NAME = 'watch.example.org/ward';

const crypto = await loadCrypto();
const random = seededRandom(7);
const forked = forkedNetwork(crypto);
const { start: START, chain, twin } = forked;
const seed = new Uint8Array(32).fill(1);
const { publicKey } = crypto.ed25519.keyPair(seed);
/** The chain began forty seconds before this test. */
const offsetMs = (START + 40) * 1000 - Date.now();
const heightNow = () => Math.floor((Date.now() + offsetMs) / 1000) - START;

let home: string;
let node: LightNode;
let bridge: HttpBridge;
/** Called at each request to the node. */
let onRequest = () => {};
/** Hashes that were cosigned, by height. */
const said = new Map<number, Set<string>>();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'ward-witness-'));
  node = lightNode('memory://a', chain, { height: 40 });
  bridge = await openHttpBridge({
    name: 'node',
    send(request, options) {
      onRequest();
      node.height = heightNow();
      return node.transport.send(request, options);
    },
  });
  const networkFile = { ...forked.networkFile, nodes: [bridge.origin] };
  await witnessInit({ name: NAME, seed, networkFile }, home);
});
afterAll(async () => {
  await bridge.close();
  rmSync(home, { recursive: true, force: true });
});

/** Asks a witness as long as it lives, and remembers what it said. */
async function listen(origin: string, isAlive: () => boolean): Promise<void> {
  while (isAlive()) {
    try {
      const request = { params: {}, query: {}, body: null };
      const { note } = await callEndpoint(getCosignedHead, request, httpTransport(origin));
      for (const one of verifyCosignatures(note, [{ name: NAME, publicKey }], crypto)) {
        const { height, hash } = one.checkpoint;
        said.set(height, (said.get(height) ?? new Set()).add(toHex(hash)));
      }
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts the process and kills it, early or while it serves. @returns Whether it was ready. */
async function liveAndDie(isEarly: boolean): Promise<boolean> {
  const child = fork(PROGRAM, ['--home', home], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, WARD_CLOCK_OFFSET_MS: String(offsetMs) },
  });
  let isAlive = true;
  let heard: Promise<void> | undefined;
  const exited = once(child, 'exit').then(() => {
    isAlive = false;
  });
  child.on('message', (message) => {
    const { kind, origin } = message as { kind?: string; origin?: string };
    if (kind !== 'ready') return;
    heard = listen(origin!, () => isAlive);
    setTimeout(() => child.kill('SIGKILL'), random.below(SERVES_MS_MAX));
  });
  let requests = 1 + random.below(REQUESTS_MAX);
  onRequest = () => {
    requests--;
    if (isEarly && requests === 0) child.kill('SIGKILL');
  };
  await exited;
  await heard;
  onRequest = () => {};
  return heard !== undefined;
}

it('never cosigns two heads of one height, whenever it is killed', async () => {
  let ready = 0;
  for (let round = 0; round < ROUNDS; round++) {
    node.chain = round % 4 < 2 ? chain : twin;
    ready += Number(await liveAndDie(round % 2 === 0));
    // Even if somebody tells it each time to believe again.
    new EvidenceFolder(home, crypto).setAside();
  }
  expect(ready).toBeGreaterThan(0);
  expect(said.size).toBeGreaterThan(0);
  for (const [height, hashes] of said) expect([height, hashes.size]).toEqual([height, 1]);
  const lines = [chain, twin].map((each) =>
    [...said].every(([height, [hash]]) => hash === toHex(each.hashAt(height))),
  );
  expect(lines).toContain(true);
}, 180_000);
