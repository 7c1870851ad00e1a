import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { describe, expect, it } from 'vitest';
import { compareBytes, concatBytes, parseHex, toHex } from '../bytes.ts';
import {
  commitHash,
  committedPower,
  isOwnCommit,
  isValidatorSet,
  precommitBytes,
  sortValidators,
} from './commit.ts';
import { type Commit, encodeBlockId, validatorAddress } from './header.ts';

const crypto = await loadCrypto();
const CHAIN = 'test-chain';
const validators = testValidators([10, 20, 30, 40], { seed: 1, crypto });
const time = { seconds: 1_700_000_000, nanos: 5 };
const block = signLightBlock({ chain: CHAIN, height: 7, time, validators }, crypto);
const signed = { chain: CHAIN, commit: block.commit };

function withEntry(index: number, change: object): Commit {
  const signatures = block.commit.signatures.map((entry, i) =>
    i === index ? { ...entry, ...change } : entry,
  );
  return { ...block.commit, signatures };
}

describe('what a validator signs', () => {
  it("is CometBFT's canonical vote: fixed height and round, time, chain", () => {
    const id = { hash: new Uint8Array(32).fill(1), partsTotal: 1, partsHash: new Uint8Array(32) };
    const vote = { chain: 'test_chain_id', height: 1, round: 1, block: id, time };
    // The pieces of its TestVoteSignBytesTestVectors: type, height, round … and chain id.
    const head = parseHex('0802' + '110100000000000000' + '190100000000000000');
    const tail = parseHex('320d746573745f636861696e5f6964');
    const stamp = parseHex('2a08' + '0880e2cfaa06' + '1005');
    const blockId = encodeBlockId(id);
    const body = concatBytes(head, Uint8Array.of(0x22, blockId.length), blockId, stamp, tail);
    expect(toHex(precommitBytes(vote))).toBe(toHex(concatBytes(Uint8Array.of(body.length), body)));
  });

  it('leaves out round zero, and says its length in front', () => {
    const bytes = precommitBytes({
      chain: '',
      height: 1,
      round: 0,
      block: block.commit.block,
      time,
    });
    expect(toHex(bytes.subarray(0, 14))).toMatch(/^..0802110100000000000000224[0-9a-f]/);
    expect(bytes[0]).toBe(bytes.length - 1);
  });
});

describe('the hash of a commit', () => {
  it('changes with every signature, flag, time and address', () => {
    const hashes = [
      block.commit,
      withEntry(0, { flag: 'absent' }),
      withEntry(0, { flag: 'nil' }),
      withEntry(0, { time: { seconds: 1, nanos: 0 } }),
      withEntry(0, { signature: new Uint8Array(64) }),
      withEntry(0, { validator: new Uint8Array(20) }),
      { ...block.commit, signatures: block.commit.signatures.slice(1) },
    ].map((commit) => toHex(commitHash(commit, crypto)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('takes the year 1 for whoever is absent, whatever time stands there', () => {
    const one = withEntry(0, { flag: 'absent', time: { seconds: 1, nanos: 0 } });
    const other = withEntry(0, { flag: 'absent', time: { seconds: 2, nanos: 0 } });
    expect(commitHash(one, crypto)).toEqual(commitHash(other, crypto));
  });
});

describe('the order of a validator set', () => {
  it('stands by power, then by address', () => {
    const equal = testValidators([5, 5, 5], { seed: 2, crypto });
    const set = sortValidators([...equal, ...validators], crypto);
    expect(set.map(({ power }) => power)).toEqual([40, 30, 20, 10, 5, 5, 5]);
    const addresses = set.slice(4).map(({ publicKey }) => validatorAddress(publicKey, crypto));
    expect(compareBytes(addresses[0]!, addresses[1]!)).toBeLessThan(0);
    expect(compareBytes(addresses[1]!, addresses[2]!)).toBeLessThan(0);
  });
});

describe('the own commit of a block', () => {
  it('has the signature of every validator, or a gap', () => {
    expect(isOwnCommit(signed, validators, crypto)).toBe(true);
    const gap = { chain: CHAIN, commit: withEntry(1, { flag: 'absent' }) };
    expect(isOwnCommit(gap, validators, crypto)).toBe(true);
  });

  it.each<[string, object]>([
    ['a signature that fails', { signature: new Uint8Array(64) }],
    ['a signature of another time', { time: { seconds: 1, nanos: 0 } }],
    ['the address of somebody else', { validator: new Uint8Array(20) }],
    ['a vote for nothing by somebody else', { flag: 'nil', validator: new Uint8Array(20) }],
  ])('refuses %s', (_, change) => {
    const commit = withEntry(2, change);
    expect(isOwnCommit({ chain: CHAIN, commit }, validators, crypto)).toBe(false);
  });

  it('refuses another number of places, another chain and another order', () => {
    const shorter = { ...block.commit, signatures: block.commit.signatures.slice(1) };
    expect(isOwnCommit({ chain: CHAIN, commit: shorter }, validators, crypto)).toBe(false);
    expect(isOwnCommit({ ...signed, chain: 'other-chain' }, validators, crypto)).toBe(false);
    expect(isOwnCommit(signed, validators.toReversed(), crypto)).toBe(false);
  });
});

describe('the power behind a commit', () => {
  it('is the sum over those who signed', () => {
    expect(committedPower(signed, validators, crypto)).toEqual({ signed: 100, total: 100 });
    const missing = { chain: CHAIN, commit: withEntry(0, { flag: 'absent' }) };
    expect(committedPower(missing, validators, crypto)).toEqual({ signed: 60, total: 100 });
    const nil = { chain: CHAIN, commit: withEntry(0, { flag: 'nil' }) };
    expect(committedPower(nil, validators, crypto)).toEqual({ signed: 60, total: 100 });
  });

  it('counts nobody twice, no stranger and no signature that fails', () => {
    const strangers = testValidators([50], { seed: 3, crypto });
    expect(committedPower(signed, strangers, crypto)).toEqual({ signed: 0, total: 50 });
    const [first] = block.commit.signatures;
    const twice = { ...block.commit, signatures: [first!, first!, first!] };
    const power = committedPower({ chain: CHAIN, commit: twice }, validators, crypto);
    expect(power).toEqual({ signed: 40, total: 100 });
    const forged = { chain: CHAIN, commit: withEntry(0, { signature: new Uint8Array(64) }) };
    expect(committedPower(forged, validators, crypto)).toEqual({ signed: 60, total: 100 });
  });

  it('finds its validators whatever their order', () => {
    const power = committedPower(signed, validators.toReversed(), crypto);
    expect(power).toEqual({ signed: 100, total: 100 });
  });
});

describe('signatures that were found right once', () => {
  it('are not verified again for the same key, and are for another', () => {
    let count = 0;
    const verifyVote: typeof crypto.ed25519.verifyVote = (...parts) => {
      count++;
      return crypto.ed25519.verifyVote(...parts);
    };
    const counting = { ...crypto, ed25519: { ...crypto.ed25519, verifyVote } };
    const shown = { ...signed, verified: new Map<number, Uint8Array>() };
    committedPower(shown, validators.slice(0, 3), counting);
    expect(count).toBe(3);
    expect(isOwnCommit(shown, validators, counting)).toBe(true);
    expect(count).toBe(4);
    const wrong = new Map([[0, validators[1]!.publicKey]]);
    const forged = { chain: CHAIN, commit: withEntry(0, { signature: new Uint8Array(64) }) };
    expect(isOwnCommit({ ...forged, verified: wrong }, validators, crypto)).toBe(false);
  });
});

describe('a validator set', () => {
  it('has nobody twice, and nobody without power', () => {
    expect(isValidatorSet(validators, crypto)).toBe(true);
    const [first, ...rest] = validators;
    expect(isValidatorSet([first!, ...rest, { ...first!, power: 1 }], crypto)).toBe(false);
    expect(isValidatorSet([{ ...first!, power: 0 }, ...rest], crypto)).toBe(false);
  });
});
