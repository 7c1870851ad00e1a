import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DEFAULT_CONSENSUS } from '@ward/ledger/schema';
import { type LightBlock, toHex, validatorAddress } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedEngine, findEngine, isPinnedEngine, requireEngine } from './engine-binary.ts';
import { nodeId, writeEngineHome } from './engine-home.ts';
import { EngineProcess, readLogLine } from './engine-process.ts';
import { LightBlockStore } from './light-block-store.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider']], { validators: 3 });
const NODE_SEED = new Uint8Array(32).fill(3);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-comet-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A chain of light blocks from height 1 on, with three validators. */
function chainOf(count: number): LightBlock[] {
  const validators = testValidators([3, 2, 1], { seed: 4, crypto });
  return Array.from({ length: count }, (_, i) => {
    const time = { seconds: TEST_TIME + i, nanos: 120_000_000 + i };
    const signers = validators.slice(0, 2);
    const wanted = { chain: 'c', height: i + 1, time, validators, signers };
    return signLightBlock(wanted, crypto);
  });
}

describe('the store of light blocks', () => {
  const blocks = chainOf(6);
  const openStore = () => new LightBlockStore(folder, crypto);

  function fill(count: number): LightBlockStore {
    const store = openStore();
    for (const block of blocks.slice(0, count)) store.append(block);
    return store;
  }

  it('has what was added, in the same process and in the next', () => {
    const store = fill(5);
    for (const [i, block] of blocks.slice(0, 5).entries()) expect(store.read(i + 1)).toEqual(block);
    store.close();
    const again = openStore();
    expect(again.height).toBe(5);
    for (const [i, block] of blocks.slice(0, 5).entries()) expect(again.read(i + 1)).toEqual(block);
    again.append(blocks[5]!);
    expect(again.read(6)).toEqual(blocks[5]);
    again.close();
  });

  it('has nothing of other heights, and takes no block but the next', () => {
    const store = fill(2);
    for (const height of [0, 3, 100]) expect(store.read(height)).toBeUndefined();
    expect(() => store.append(blocks[4]!)).toThrow('left out');
    expect(() => store.append(blocks[1]!)).toThrow('left out');
    store.close();
  });

  it.each([
    { file: 'records', bytes: 1 },
    { file: 'records', bytes: 700 },
    { file: 'index', bytes: 1 },
    { file: 'index', bytes: 41 },
  ])('goes on before what a crash took of $file: $bytes bytes', ({ file, bytes }) => {
    fill(4).close();
    const path = join(folder, `${file}-1`);
    truncateSync(path, statSync(path).size - bytes);
    const store = openStore();
    expect(store.height).toBeLessThan(4);
    for (const block of blocks.slice(store.height)) store.append(block);
    store.close();
    const again = openStore();
    for (const [i, block] of blocks.entries()) expect(again.read(i + 1)).toEqual(block);
    again.close();
  });

  it('cuts off bytes that have no entry, and entries whose bytes are others', () => {
    fill(3).close();
    appendFileSync(join(folder, 'records-1'), 'left behind');
    appendFileSync(join(folder, 'index-1'), Buffer.alloc(42, 0xff));
    const store = openStore();
    expect(store.height).toBe(3);
    store.append(blocks[3]!);
    expect(store.read(4)).toEqual(blocks[3]);
    store.close();
    const records = readFileSync(join(folder, 'records-1'));
    records[records.length - 9]! ^= 1;
    writeFileSync(join(folder, 'records-1'), records);
    const altered = openStore();
    expect(altered.height).toBe(3);
    altered.close();
  });
});

describe('the home of CometBFT', () => {
  const { genesis, validatorSeeds } = ledger;
  const write = (change: object = {}) => {
    writeEngineHome({
      ...{ folder, genesis, crypto, nodeSeed: NODE_SEED, peers: ['a@127.0.0.2:1'] },
      validatorSeed: validatorSeeds[1]!,
      listen: '127.0.0.1:26656',
      applicationPath: '/run/app "1"',
      rpcPath: '/run/rpc',
      ...change,
    });
  };
  const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
  const readJson = (...path: string[]) => JSON.parse(read(...path));

  it("has the genesis' chain, time and validators, and the version of its headers", () => {
    write();
    const written = readJson('config', 'genesis.json');
    expect(written).toMatchObject({
      chain_id: genesis.chain,
      genesis_time: new Date(genesis.time * 1000).toISOString(),
      consensus_params: { version: { app: '1' }, abci: { vote_extensions_enable_height: '0' } },
    });
    const keys = written.validators.map((one: { pub_key: { value: string } }) => one.pub_key.value);
    const wanted = genesis.validators.map(({ publicKey }) => publicKey);
    expect(keys).toEqual(wanted.map((key) => Buffer.from(key).toString('base64')));
  });

  it('has the keys of the validator and the node, for their owner alone', () => {
    write();
    const { publicKey } = crypto.ed25519.keyPair(validatorSeeds[1]!);
    const key = readJson('config', 'priv_validator_key.json');
    expect(key.address).toBe(toHex(validatorAddress(publicKey, crypto)).toUpperCase());
    expect(Buffer.from(key.priv_key.value, 'base64')).toHaveLength(64);
    for (const name of ['priv_validator_key.json', 'node_key.json', 'config.toml']) {
      expect(statSync(join(folder, 'config', name)).mode & 0o777).toBe(0o600);
    }
    expect(nodeId(NODE_SEED, crypto)).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each([
    { whose: 'a registrar', governed: undefined },
    { whose: 'its members', governed: { blockBytesMax: 2 ** 21, evidenceSecondsMax: 777_600 } },
  ])('begins with the parameters of a network of $whose', ({ governed }) => {
    const members = { roles: [['provider']], validators: 1 } as const;
    const own = governedLedger(crypto, { ...members, consensus: governed ?? {} });
    write(governed === undefined ? {} : { genesis: own.genesis });
    const wanted = { ...DEFAULT_CONSENSUS, ...governed };
    expect(readJson('config', 'genesis.json').consensus_params).toMatchObject({
      block: { max_bytes: String(wanted.blockBytesMax), max_gas: '-1' },
      evidence: {
        max_age_num_blocks: String(wanted.evidenceBlocksMax),
        max_age_duration: `${wanted.evidenceSecondsMax}000000000`,
        max_bytes: String(wanted.evidenceBytesMax),
      },
    });
  });

  it('keeps what the validator signed last, whatever else is written anew', () => {
    write();
    const signed = join(folder, 'data', 'priv_validator_state.json');
    expect(JSON.parse(readFileSync(signed, 'utf8'))).toEqual({ height: '0', round: 0, step: 0 });
    writeFileSync(signed, '{"height":"7"}');
    write({ peers: [] });
    expect(readFileSync(signed, 'utf8')).toBe('{"height":"7"}');
    expect(read('config', 'config.toml')).toContain('persistent_peers = ""');
  });

  it('asks others for a snapshot where it is told whom, and what block it trusts', () => {
    write();
    expect(read('config', 'config.toml')).not.toContain('[statesync]');
    const servers = ['http://127.0.0.2:1', 'http://127.0.0.3:1'];
    const hash = new Uint8Array(32).fill(0xab);
    write({ stateSync: { height: 7, hash, trustSeconds: 3600, servers } });
    const [, section] = read('config', 'config.toml').split('[statesync]\n');
    expect(section!.trim().split('\n')).toEqual([
      'enable = true',
      'rpc_servers = "http://127.0.0.2:1,http://127.0.0.3:1"',
      'trust_height = 7',
      `trust_hash = "${'ab'.repeat(32)}"`,
      'trust_period = "3600s"',
      'discovery_time = "5s"',
      `temp_dir = ${JSON.stringify(join(folder, 'data'))}`,
    ]);
  });

  it('quotes paths, and lets blocks flow for the mempool of the application', () => {
    write();
    const config = read('config', 'config.toml');
    expect(config).toContain('proxy_app = "unix:///run/app \\"1\\""');
    expect(config).toContain('persistent_peers = "a@127.0.0.2:1"');
    expect(config).toMatch(/\[mempool\]\ntype = "app"/);
    expect(config).toContain('create_empty_blocks = true');
    expect(config).toContain('indexer = "null"');
  });
});

describe('the pinned CometBFT', () => {
  const sum = 'h1:0+zc7FlcnonFfMwzhyDCd5vK/fHZqz0RfRyTCxZsFPU=';
  const built = (version: string, own = sum) =>
    `\0binary\0mod\tgithub.com/cometbft/cometbft\t${version}\t${own}\n`;

  it('is known by the module that Go wrote into it', () => {
    const path = join(folder, 'cometbft');
    expect(isPinnedEngine(path)).toBe(false);
    writeFileSync(path, built('v0.40.0'));
    expect(isPinnedEngine(path)).toBe(true);
    for (const other of [built('v0.38.25'), built('v0.40.0', 'h1:other'), 'v0.40.0']) {
      writeFileSync(path, other);
      expect(isPinnedEngine(path)).toBe(false);
    }
  });

  it('is looked for in the cache, then on the PATH; a missing one is told by its code', () => {
    const { PATH } = process.env;
    try {
      process.env.PATH = ['', join(folder, 'nowhere'), folder].join(delimiter);
      expect(findEngine(folder)).toBeUndefined();
      expect(codeOf(() => requireEngine(folder))).toBe('ENGINE_MISSING');
      writeFileSync(join(folder, 'cometbft'), built('v0.40.0'));
      expect(findEngine(join(folder, 'none'))).toBe(join(folder, 'cometbft'));
      const cached = cachedEngine(folder);
      mkdirSync(join(cached, '..'), { recursive: true });
      writeFileSync(cached, built('v0.40.0'));
      expect(requireEngine(folder)).toBe(cached);
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe('the process of CometBFT', () => {
  /** A program in the place of CometBFT. */
  function program(script: string): string {
    const path = join(folder, 'program');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o700);
    return path;
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it('is started again whenever it ends, until it is stopped', async () => {
    const runs = join(folder, 'runs');
    const count = () => (existsSync(runs) ? readFileSync(runs, 'utf8').length : 0);
    const binary = program(`printf x >> ${runs}; test "$(wc -c < ${runs})" -ge 3 && exec sleep 60`);
    const child = new EngineProcess({ binary, home: folder, rpcPath: join(folder, 'rpc') });
    child.start();
    await until(() => count() === 3);
    await child.stop();
    expect(child.pid).toBeUndefined();
    expect(count()).toBe(3);
  });

  it('is started in its home, and what it says is told line by line', async () => {
    const lines: string[] = [];
    const json = '{"level":"info","module":"consensus","_msg":"committed","height":7}';
    const binary = program(`echo "$1 $2 $3"; echo '${json}' >&2; exec sleep 60`);
    const options = { binary, home: folder, rpcPath: join(folder, 'rpc') };
    const onLog = ({ message }: { message: string }) => lines.push(message);
    const child = new EngineProcess({ ...options, onLog });
    child.start();
    await until(() => lines.length === 2);
    await child.stop();
    expect(lines.slice(0, 2).sort()).toEqual(['committed', `start --home ${folder}`]);
  });

  it('that cannot be started at all is told, and stops like any other', async () => {
    const told: string[] = [];
    const binary = join(folder, 'nothing');
    const child = new EngineProcess({
      ...{ binary, home: folder, rpcPath: join(folder, 'rpc') },
      onLog: ({ message }) => told.push(message),
    });
    child.start();
    await until(() => told.length >= 2);
    await child.stop();
    expect(new Set(told)).toEqual(new Set(['cannot be started']));
  });

  it('has lines of JSON read, and any other line as it stands', () => {
    expect(readLogLine('{"level":"error","_msg":"no","peer":"x","n":1}')).toEqual({
      level: 'error',
      message: 'no',
      fields: { peer: 'x', n: 1 },
    });
    for (const line of ['panic: so', '{"level":"info"}', '[1]', '{']) {
      expect(readLogLine(line)).toEqual({ level: 'error', message: line, fields: {} });
    }
  });
});
