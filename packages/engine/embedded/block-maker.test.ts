import {
  type BlockTime,
  headerHash,
  type LightBlock,
  merkleLeaf,
  trustFirstBlock,
  verifyLightBlock,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { BlockMaker } from './block-maker.ts';

const crypto = await loadCrypto();
const { genesis, validatorSeed } = new TestLedger(crypto);
const rules = { chain: genesis.chain, trustingPeriodSeconds: 3600, clockDriftSeconds: 10 };
const EMPTY_HASH = crypto.sha256(new Uint8Array(0));

function contents(height: number, time: BlockTime) {
  const digest = (kind: number) => crypto.sha256(Uint8Array.of(kind, height));
  return {
    ...{ height, time },
    ...{ dataHash: digest(1), appHash: digest(2), lastResultsHash: digest(3) },
  };
}

function chain(length: number): LightBlock[] {
  const maker = new BlockMaker(genesis, validatorSeed, crypto);
  const blocks: LightBlock[] = [];
  for (let height = 1; height <= length; height++) {
    const time = { seconds: TEST_TIME + height, nanos: 0 };
    blocks.push(maker.make(contents(height, time), blocks.at(-1)));
  }
  return blocks;
}

describe('the block maker', () => {
  it('makes a chain that a light client believes from the genesis', () => {
    const [first, ...others] = chain(4);
    let trusted = trustFirstBlock(first!, genesis, rules, crypto);
    for (const block of others) {
      trusted = verifyLightBlock({ trusted, block, now: TEST_TIME + 10 }, rules, crypto);
    }
    expect(trusted.header.height).toBe(4);
  });

  it('names the block before by its hash and its one part', () => {
    const [first, second] = chain(2) as [LightBlock, LightBlock];
    const hash = headerHash(first.header, crypto);
    const partsHash = merkleLeaf(hash, crypto);
    expect(second.header.lastBlock).toEqual({ hash, partsTotal: 1, partsHash });
    expect(first.commit.block).toEqual(second.header.lastBlock);
    expect(second.header.lastCommitHash).not.toEqual(EMPTY_HASH);
  });

  it('begins the chain after nothing', () => {
    const { header, commit } = chain(1)[0]!;
    const nothing = { hash: new Uint8Array(0), partsTotal: 0, partsHash: new Uint8Array(0) };
    expect(header.lastBlock).toEqual(nothing);
    expect(header.lastCommitHash).toEqual(EMPTY_HASH);
    expect(header.evidenceHash).toEqual(EMPTY_HASH);
    expect([header.versionBlock, header.versionApp, commit.round]).toEqual([11, 1, 0]);
    expect(commit.signatures).toHaveLength(1);
    expect(commit.signatures[0]!.time).toEqual(header.time);
    expect(header.proposer).toEqual(commit.signatures[0]!.validator);
  });

  it('makes the same block of the same contents', () => {
    expect(chain(3)).toEqual(chain(3));
  });

  it('refuses to be a validator that the genesis does not name alone', () => {
    const other = new Uint8Array(32).fill(9);
    const make = (validators: typeof genesis.validators, seed: Uint8Array) => () =>
      new BlockMaker({ ...genesis, validators }, seed, crypto);
    const { publicKey } = crypto.ed25519.keyPair(other);
    const two = [...genesis.validators, { publicKey, power: 1 }];
    expect(codeOf(make(genesis.validators, other))).toBe('VALIDATOR_MISMATCH');
    expect(codeOf(make(two, validatorSeed))).toBe('VALIDATOR_MISMATCH');
    expect(codeOf(make(genesis.validators, validatorSeed))).toBeUndefined();
  });

  it('refuses to stand for validators that members choose', () => {
    const governed = governedLedger(crypto, { roles: [], validators: 1 });
    const make = () => new BlockMaker(governed.genesis, governed.validatorSeed, crypto);
    expect(codeOf(make)).toBe('MEMBERS_GOVERN');
  });
});
