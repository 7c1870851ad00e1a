import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { parseHex, toHex } from '../bytes.ts';
import { encodeUtf8 } from '../utf8.ts';
import {
  type BlockHeader,
  encodeBlockId,
  encodeTime,
  encodeUnsetTime,
  headerHash,
  validatorAddress,
  validatorsHash,
} from './header.ts';

const crypto = await loadCrypto();
const digestOf = (text: string) => crypto.sha256(encodeUtf8(text));
const zeros = new Uint8Array(32);

/** The header of CometBFT's TestHeaderHash, whose hash is published there. */
const PUBLISHED: BlockHeader = {
  versionBlock: 1,
  versionApp: 2,
  chain: 'chainId',
  height: 3,
  time: { seconds: Date.UTC(2019, 9, 13, 16, 14, 44) / 1000, nanos: 0 },
  lastBlock: { hash: zeros, partsTotal: 6, partsHash: zeros },
  lastCommitHash: digestOf('last_commit_hash'),
  dataHash: digestOf('data_hash'),
  validatorsHash: digestOf('validators_hash'),
  nextValidatorsHash: digestOf('next_validators_hash'),
  consensusHash: digestOf('consensus_hash'),
  appHash: digestOf('app_hash'),
  lastResultsHash: digestOf('last_results_hash'),
  evidenceHash: digestOf('evidence_hash'),
  proposer: digestOf('proposer_address').slice(0, 20),
};

describe('the hash of a header', () => {
  it('is the one that CometBFT publishes', () => {
    expect(toHex(headerHash(PUBLISHED, crypto))).toBe(
      'f740121f553b5418c3efbd343c2dbfe9e007bb67b0d020a0741374bab65242a4',
    );
  });

  it('changes with every field', () => {
    const other = digestOf('something else');
    const changes: Partial<BlockHeader>[] = [
      { versionBlock: 2 },
      { versionApp: 3 },
      { chain: 'chainIe' },
      { height: 4 },
      { time: { seconds: PUBLISHED.time.seconds, nanos: 1 } },
      { time: { seconds: PUBLISHED.time.seconds + 1, nanos: 0 } },
      { lastBlock: { ...PUBLISHED.lastBlock, hash: other } },
      { lastBlock: { ...PUBLISHED.lastBlock, partsTotal: 7 } },
      { lastBlock: { ...PUBLISHED.lastBlock, partsHash: other } },
      { lastCommitHash: other },
      { dataHash: other },
      { validatorsHash: other },
      { nextValidatorsHash: other },
      { consensusHash: other },
      { appHash: other },
      { lastResultsHash: other },
      { evidenceHash: other },
      { proposer: other.slice(0, 20) },
    ];
    const hashes = changes.map((change) => headerHash({ ...PUBLISHED, ...change }, crypto));
    expect(new Set([...hashes, headerHash(PUBLISHED, crypto)].map(toHex)).size).toBe(
      changes.length + 1,
    );
    const changed = new Set(changes.flatMap((change) => Object.keys(change)));
    expect([...changed].sort()).toEqual(Object.keys(PUBLISHED).sort());
  });
});

describe('what a header is made of', () => {
  it('writes times as protobuf timestamps, and the year 1 where none is set', () => {
    expect(toHex(encodeTime({ seconds: 1, nanos: 2 }))).toBe('08011002');
    expect(toHex(encodeTime({ seconds: 0, nanos: 0 }))).toBe('');
    expect(toHex(encodeUnsetTime())).toBe('088092b8c398feffffff01');
  });

  it('writes block ids with their parts, even when there are none', () => {
    const empty = new Uint8Array(0);
    expect(toHex(encodeBlockId({ hash: empty, partsTotal: 0, partsHash: empty }))).toBe('1200');
    const id = { hash: Uint8Array.of(1), partsTotal: 2, partsHash: Uint8Array.of(3) };
    expect(toHex(encodeBlockId(id))).toBe('0a0101' + '1205' + '0802' + '120103');
  });

  it('names validators by the first twenty bytes of their key’s digest', () => {
    const publicKey = parseHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(validatorAddress(publicKey, crypto)).toEqual(crypto.sha256(publicKey).slice(0, 20));
  });

  it('hashes validators with their power, in their order', () => {
    const validators = [1, 2, 3].map((n) => ({ publicKey: digestOf(`${n}`), power: n }));
    const hashes = [
      validators,
      validators.toReversed(),
      validators.slice(1),
      [{ ...validators[0]!, power: 9 }, ...validators.slice(1)],
    ].map((set) => toHex(validatorsHash(set, crypto)));
    expect(new Set(hashes).size).toBe(4);
    expect(codeOf(() => validatorsHash([], crypto))).toBeUndefined();
  });
});
