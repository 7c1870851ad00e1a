import { formatVerifierKey, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { rotatingNetwork } from '@ward/testkit/light-node';
import { codeOf } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { describe, expect, it } from 'vitest';
import { NetworkFile } from './network-file.ts';
import {
  checkNetworkWitnesses,
  knownWitnesses,
  NETWORK_WITNESSES_MAX,
  type NetworkWitnesses,
} from './network-witnesses.ts';

const crypto = await loadCrypto();
const NAME = 'rotating-1';
const options = { chain: NAME, start: 1_800_000_000, validators: 2, seed: 1, crypto };
const chain = new RotatingChain(options);
const file = rotatingNetwork(chain, { name: NAME, trustingPeriodSeconds: 3600 }, crypto);

function known(n: number, change: { name?: string; seed?: number; origin?: string } = {}) {
  const { name = `w${n}`, seed = n, origin = `https://w${n}.example` } = change;
  const { publicKey } = crypto.ed25519.keyPair(new Uint8Array(32).fill(seed));
  return { key: formatVerifierKey({ name, publicKey }, crypto), origin };
}
const three = { known: [known(1), known(2), known(3)], quorum: 2 };
const codeFor = (named: NetworkWitnesses) => codeOf(() => checkNetworkWitnesses(named, crypto));

describe('the witnesses of a network file', () => {
  it('travel with it, as bytes and as JSON', () => {
    const named = { ...file, witnesses: three };
    expect(NetworkFile.decode(NetworkFile.encode(named))).toEqual(named);
    expect(NetworkFile.fromJson(NetworkFile.toJson(named))).toEqual(named);
  });

  it('are none in files from before there were any, which keep their bytes', () => {
    const bytes = NetworkFile.encode(file);
    const json = NetworkFile.toJson(file);
    expect(json).not.toHaveProperty('witnesses');
    expect(NetworkFile.fromJson(json)).toEqual(file);
    expect(NetworkFile.decode(bytes).witnesses).toBeNull();
    // A list of six: the version and what there was before.
    expect(bytes[0]).toBe(0x86);
    expect(NetworkFile.encode({ ...file, witnesses: three })[0]).toBe(0x87);
    expect(knownWitnesses(null, { connect: () => never, crypto })).toBeUndefined();
  });

  it('are asked k of n, each at its own origin', () => {
    const asked: string[] = [];
    const connect = (origin: string) => {
      asked.push(origin);
      return never;
    };
    const { policy, ways } = knownWitnesses(three, { connect, crypto })!;
    expect(policy).toMatchObject({ quorum: 2, ageSecondsMax: 60 });
    expect(policy.witnesses.map(({ name }) => name)).toEqual(['w1', 'w2', 'w3']);
    expect(asked).toEqual(three.known.map(({ origin }) => origin));
    expect(ways).toHaveLength(3);
  });

  it('are refused where more have to confirm than there are', () => {
    expect(codeFor({ ...three, quorum: 3 })).toBeUndefined();
    expect(codeFor({ ...three, quorum: 4 })).toBe('WITNESS_QUORUM_RANGE');
    const none = { ...file, witnesses: { known: [], quorum: 1 } };
    expect(codeOf(() => NetworkFile.encode(none))).toBe('FORMAT_RANGE');
    const nobody = { ...file, witnesses: { ...three, quorum: 0 } };
    expect(codeOf(() => NetworkFile.encode(nobody))).toBe('FORMAT_RANGE');
    const many = Array.from({ length: NETWORK_WITNESSES_MAX + 1 }, (_, i) => known(i + 1));
    const crowd = { ...file, witnesses: { known: many, quorum: 1 } };
    expect(codeOf(() => NetworkFile.encode(crowd))).toBe('FORMAT_RANGE');
  });

  it('are refused where one would count for two: by name, key or origin', () => {
    const with1 = (other: ReturnType<typeof known>) =>
      codeFor({ known: [known(1), known(2), other], quorum: 2 });
    expect(with1(known(3, { name: 'w1' }))).toBe('WITNESS_TWICE');
    expect(with1(known(3, { seed: 1 }))).toBe('WITNESS_TWICE');
    expect(with1(known(3, { origin: 'https://w2.example' }))).toBe('WITNESS_TWICE');
    expect(with1(known(3))).toBeUndefined();
  });

  it('are refused where a key is none', () => {
    const broken = { key: known(3).key.replace('w3', 'w4'), origin: 'https://w3.example' };
    expect(codeFor({ known: [known(1), broken], quorum: 1 })).toBe('WITNESS_KEY_INVALID');
  });
});

const never: Transport = { name: 'never', send: () => Promise.reject(new Error('not asked')) };
