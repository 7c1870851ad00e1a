import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headerHash, type LightBlock, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { TEST_TIME } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockReport, engineUpdates } from './block-words.ts';
import { EngineRpc, readTime } from './engine-rpc.ts';

const crypto = await loadCrypto();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-rpc-'));
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

describe("CometBFT's RPC", () => {
  let server: Server | undefined;
  let path: string;
  let asked: string[];
  beforeEach(() => {
    path = join(folder, 'rpc');
    asked = [];
  });
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  async function serve(results: { readonly [call: string]: unknown }): Promise<EngineRpc> {
    server = createServer(({ url }, response) => {
      asked.push(url!);
      const result = results[url!.slice(1)];
      response.end(JSON.stringify(result === undefined ? { error: { code: 1 } } : { result }));
    });
    await new Promise<void>((resolve) => {
      server!.listen(path, resolve);
    });
    return new EngineRpc(path, crypto);
  }

  it('asks how far its peers are, as far as they say', async () => {
    const at = (height?: string) => ({ peer_state: { round_state: { height } } });
    const call = 'dump_consensus_state';
    const rpc = await serve({ [call]: { peers: [at('7'), at('9'), at(), {}, at('x')] } });
    expect(await rpc.peerHeight()).toBe(8);
  });

  it('knows no height where no peer says one', async () => {
    expect(await (await serve({ dump_consensus_state: { peers: [] } })).peerHeight()).toBe(
      undefined,
    );
    expect(await new EngineRpc(join(folder, 'nothing'), crypto).peerHeight()).toBe(undefined);
  });

  const upper = (bytes: Uint8Array) => toHex(bytes).toUpperCase();
  const iso = ({ seconds, nanos }: { seconds: number; nanos: number }) =>
    `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
  const blockId = ({ hash, partsTotal, partsHash }: LightBlock['commit']['block']) => ({
    hash: upper(hash),
    parts: { total: partsTotal, hash: upper(partsHash) },
  });

  /** What CometBFT says of a light block. */
  function spoken({ header, commit }: LightBlock) {
    const flags = { absent: 1, commit: 2, nil: 3 };
    return {
      header: {
        version: { block: String(header.versionBlock), app: String(header.versionApp) },
        chain_id: header.chain,
        height: String(header.height),
        time: iso(header.time),
        last_block_id: blockId(header.lastBlock),
        last_commit_hash: upper(header.lastCommitHash),
        data_hash: upper(header.dataHash),
        validators_hash: upper(header.validatorsHash),
        next_validators_hash: upper(header.nextValidatorsHash),
        consensus_hash: upper(header.consensusHash),
        app_hash: upper(header.appHash),
        last_results_hash: upper(header.lastResultsHash),
        evidence_hash: upper(header.evidenceHash),
        proposer_address: upper(header.proposer),
      },
      commit: {
        height: String(commit.height),
        round: commit.round,
        block_id: blockId(commit.block),
        signatures: commit.signatures.map((entry) => ({
          block_id_flag: flags[entry.flag],
          validator_address: upper(entry.validator),
          timestamp: entry.flag === 'absent' ? '0001-01-01T00:00:00Z' : iso(entry.time),
          signature:
            entry.signature.length === 0 ? null : Buffer.from(entry.signature).toString('base64'),
        })),
      },
    };
  }

  function validatorsAnswer(block: LightBlock) {
    return {
      total: String(block.validators.length),
      validators: block.validators.map(({ publicKey, power }) => ({
        pub_key: { value: Buffer.from(publicKey).toString('base64') },
        voting_power: String(power),
      })),
    };
  }

  it('gives light blocks, and asks for a set of validators once', async () => {
    const [first, second] = chainOf(2);
    const rpc = await serve({
      'commit?height=1': { signed_header: spoken(first!) },
      'commit?height=2': { signed_header: spoken(second!) },
      'validators?height=1&page=1&per_page=100': validatorsAnswer(first!),
    });
    expect(await rpc.lightBlock(1)).toEqual(first);
    expect(await rpc.lightBlock(2)).toEqual(second);
    expect(asked).toHaveLength(3);
  });

  it('puts a large set of validators together from its pages', async () => {
    const powers = Array.from({ length: 130 }, (_, i) => 1000 - i);
    const validators = testValidators(powers, { seed: 6, crypto });
    const time = { seconds: TEST_TIME, nanos: 0 };
    const wanted = { chain: 'c', height: 1, time, validators, signers: [] };
    const block = signLightBlock(wanted, crypto);
    const whole = validatorsAnswer(block);
    const page = (from: number) => ({
      ...whole,
      validators: whole.validators.slice(from, from + 100),
    });
    const rpc = await serve({
      'commit?height=1': { signed_header: spoken(block) },
      'validators?height=1&page=1&per_page=100': page(0),
      'validators?height=1&page=2&per_page=100': page(100),
    });
    expect((await rpc.lightBlock(1))!.validators).toEqual(block.validators);
    expect(asked).toHaveLength(3);
  });

  it('is not waited for when it answers with something else, or too much', async () => {
    server = createServer((_, response) => {
      response.end(asked.length > 0 ? '<html>' : Buffer.alloc(9 * 1024 * 1024, 32));
      asked.push('');
    });
    await new Promise<void>((resolve) => {
      server!.listen(path, resolve);
    });
    const rpc = new EngineRpc(path, crypto);
    for (let i = 0; i < 2; i++) expect(await rpc.lightBlock(1)).toBeUndefined();
  });

  it('gives nothing where CometBFT has nothing, or is not there', async () => {
    const rpc = await serve({});
    expect(await rpc.lightBlock(1)).toBeUndefined();
    expect(await rpc.peerCount()).toBeUndefined();
    expect(await new EngineRpc(join(folder, 'none'), crypto).lightBlock(1)).toBeUndefined();
  });

  it('believes no header that its commit does not name, nor other validators', async () => {
    const [block, other] = chainOf(2);
    const mixed = { ...spoken(block!), commit: spoken(other!).commit };
    const rpc = await serve({
      'commit?height=1': { signed_header: mixed },
      'commit?height=2': { signed_header: spoken(other!) },
      'validators?height=2&page=1&per_page=100': {
        ...validatorsAnswer(other!),
        total: '2',
        validators: validatorsAnswer(other!).validators.slice(1),
      },
      net_info: { n_peers: '3' },
    });
    await expect(rpc.lightBlock(1)).rejects.toThrow('commit names');
    expect(await rpc.lightBlock(2)).toBeUndefined();
    expect(await rpc.peerCount()).toBe(3);
    expect(toHex(headerHash(block!.header, crypto))).toBe(toHex(block!.commit.block.hash));
  });

  it.each([
    { text: '2026-11-22T22:15:14Z', seconds: 1_795_385_714, nanos: 0 },
    { text: '2026-11-22T22:15:14.5Z', seconds: 1_795_385_714, nanos: 500_000_000 },
    { text: '2026-11-22T22:15:14.000000001Z', seconds: 1_795_385_714, nanos: 1 },
  ])('has times to the nanosecond: $text', ({ text, seconds, nanos }) => {
    expect(readTime(text)).toEqual({ seconds, nanos });
  });

  it.each(['', 'now', '2026-11-22', '2026-11-22T22:15:14+01:00'])(
    'reads no other time: %s',
    (text) => {
      expect(() => readTime(text)).toThrow('cannot be read');
    },
  );
});

describe('what a block says of validators', () => {
  const validator = { address: new Uint8Array(20).fill(1), power: 5n };
  const nothing = new Uint8Array(0);
  const block = {
    ...{ containers: [], hash: nothing, height: 1n, time: undefined },
    ...{ nextValidatorsHash: nothing, proposer: nothing },
  };
  const evidence = { validator, height: 4n, time: { seconds: 9n, nanos: 1 }, totalPower: 12n };

  it('is who was there, and who misbehaved where and when', () => {
    const votes = [1, 2, 3].map((flag) => ({ validator, flag }));
    const misbehavior = [0, 1, 2, 3].map((type) => ({ ...evidence, type }));
    const report = blockReport({ ...block, lastCommit: { round: 0, votes }, misbehavior });
    expect(report.lastCommit!.map(({ isSigned }) => isSigned)).toEqual([false, true, true]);
    expect(report.misbehaviour!.map(({ kind }) => kind)).toEqual([
      'duplicate-vote',
      'light-client-attack',
    ]);
    const place = { validator: validator.address, height: 4, time: 9, totalPower: 12 };
    expect(report.misbehaviour![0]).toMatchObject(place);
  });

  it('is nothing in the first block', () => {
    const report = blockReport({ ...block, lastCommit: undefined, misbehavior: [] });
    expect(report).toEqual({ lastCommit: [], misbehaviour: [] });
  });

  it('is changed by the ledger: validators by key and power, parameters in whole groups', () => {
    const publicKey = new Uint8Array(32).fill(2);
    const validatorUpdates = [{ publicKey, power: 7 }];
    const none = engineUpdates({ validatorUpdates: [], consensusParameters: undefined });
    expect(none).toEqual({ validators: [] });
    const consensusParameters = {
      ...{ blockBytesMax: 100, evidenceBlocksMax: 5 },
      ...{ evidenceSecondsMax: 60, evidenceBytesMax: 50 },
    };
    expect(engineUpdates({ validatorUpdates, consensusParameters })).toEqual({
      validators: [{ key: { value: { case: 'ed25519', value: publicKey } }, power: 7n }],
      parameters: {
        block: { maxBytes: 100n, maxGas: -1n },
        evidence: { maxAgeBlocks: 5n, maxAge: { seconds: 60n, nanos: 0 }, maxBytes: 50n },
        version: undefined,
      },
    });
  });
});
