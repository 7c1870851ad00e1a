import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CAREFUL_BLOCKS } from './engine-process.ts';
import { WatchedStart } from './watched-start.ts';

const crypto = await loadCrypto();
const { genesis } = new TestLedger(crypto);
const validators = testValidators([1, 1], { seed: 1, crypto });
const [own, other] = validators;
const stateSync = { height: 1, hash: new Uint8Array(32), trustSeconds: 60, servers: ['a', 'b'] };

let folder: string;
let show: ((block: LightBlock) => void) | undefined;
let restarts: number;
let height: number;
let lateSeconds: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-watched-'));
  show = undefined;
  restarts = 0;
  height = 1;
  lateSeconds = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(more: object = { stateSync }): void {
  const seed = { validatorSeed: own!.keyPair.secretKey.slice(0, 32), nodeSeed: new Uint8Array(32) };
  const places = { listen: '127.0.0.1:1', peers: [], applicationPath: 'a', rpcPath: 'r' };
  const watched = new WatchedStart({ folder, genesis, crypto, ...seed, ...places, ...more });
  const onBlock = (listener: (block: LightBlock) => void) => {
    show = listener;
    return () => {
      show = undefined;
    };
  };
  const clock = { nowMs: () => (TEST_TIME + height + lateSeconds) * 1000 };
  watched.follow({ onBlock }, { restart: () => restarts++ }, clock);
}

function blocks(count: number, signers = [other!]): void {
  for (let i = 0; i < count && show !== undefined; i++) {
    const time = { seconds: TEST_TIME + ++height, nanos: 0 };
    show(signLightBlock({ chain: genesis.chain, height, time, validators, signers }, crypto));
  }
}

function isOwnKey(): boolean {
  const written = readFileSync(join(folder, 'config/priv_validator_key.json'), 'utf8');
  return written.includes(Buffer.from(own!.keyPair.publicKey).toString('base64'));
}

describe('a node that begins with a snapshot', () => {
  it('votes under its own key when so many blocks are without a vote of it', () => {
    start();
    expect(isOwnKey()).toBe(false);
    blocks(CAREFUL_BLOCKS - 1);
    blocks(1, validators);
    blocks(CAREFUL_BLOCKS - 1);
    expect([isOwnKey(), restarts]).toEqual([false, 0]);
    blocks(1);
    expect([isOwnKey(), restarts, show]).toEqual([true, 1, undefined]);
    expect(readFileSync(join(folder, 'config/config.toml'), 'utf8')).not.toContain('statesync');
  });

  it('does not count blocks that are long past', () => {
    start();
    lateSeconds = 31;
    blocks(3 * CAREFUL_BLOCKS);
    expect(isOwnKey()).toBe(false);
    lateSeconds = 0;
    blocks(CAREFUL_BLOCKS);
    expect(isOwnKey()).toBe(true);
  });

  it('goes on watching behind a restart, and not once it votes', () => {
    start();
    blocks(CAREFUL_BLOCKS - 1);
    start({});
    expect([isOwnKey(), existsSync(join(folder, 'watching'))]).toEqual([false, true]);
    blocks(CAREFUL_BLOCKS);
    start({});
    expect([isOwnKey(), show]).toEqual([true, undefined]);
  });

  it('votes at once where it is on record what its key signed', () => {
    start({});
    const record = JSON.stringify({ height: '7', round: 0, step: 3 });
    writeFileSync(join(folder, 'data/priv_validator_state.json'), record);
    start();
    expect([isOwnKey(), show]).toEqual([true, undefined]);
  });
});
