import { type Crypto, type Hex, toHex, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { sampleFounder, sampleFounderKeys } from '@ward/testkit/sample-founder';
import { describe, expect, it } from 'vitest';
import { checkFounders, FOUNDER_SECONDS_MAX, FounderFile } from './founder-file.ts';

const crypto: Crypto = await loadCrypto();
const now = 1_800_000_000;
const place = { network: new Uint8Array(32).fill(7), predecessor: 'ward-test-1', now };
const founder = (index: number) => sampleFounder(index, place, crypto);
const check = (...files: readonly FounderFile[]) => checkFounders(files, place, crypto);
const at = (time: number) => ({ ...place, now: time });

/** A founder file of which something was changed behind the signatures. */
function changed(change: Partial<FounderFile['statement']>): FounderFile {
  const { statement, signatures } = founder(1);
  return { statement: { ...statement, ...change }, signatures };
}

describe('a founder file', () => {
  it('brings a member with the key of its node, a validator, and where it is met', () => {
    const [first, second] = [founder(1), founder(2)];
    const read = FounderFile.fromJson(JSON.parse(JSON.stringify(FounderFile.toJson(first))));
    const { founders, validators, peers } = check(read, second);
    const { application, nodeKey, validatorKey } = first.statement;
    expect(founders[0]).toEqual({ application, serviceKeys: [nodeKey] });
    expect(validators[0]).toEqual({ organisation: application.account, publicKey: validatorKey });
    expect(peers).toHaveLength(2);
    expect(peers[0]).toMatch(/^[0-9a-f]{40}@10\.0\.0\.1:26656$/);
  });

  it('is refused where any of its keys did not sign all of it', () => {
    const { signatures, statement } = founder(1);
    for (const name of ['service', 'officer', 'node', 'validator', 'peer'] as const) {
      const other = { ...signatures, [name]: founder(2).signatures[name] };
      try {
        check({ statement, signatures: other });
        expect.unreachable();
      } catch (error) {
        const { code, data } = error as WardError;
        const account: Hex = toHex(statement.application.account);
        expect([code, data]).toEqual(['FOUNDER_UNPROVED', { account, key: name }]);
      }
    }
    const { application } = statement;
    const renamed = changed({ application: { ...application, name: 'Another' } });
    expect(codeOf(() => check(renamed))).toBe('FOUNDER_UNPROVED');
    expect(codeOf(() => check(changed({ address: '10.9.9.9:1' })))).toBe('FOUNDER_UNPROVED');
  });

  it('is of an organisation whose roles let it make blocks', () => {
    const roles = ['regulator'] as const;
    expect(codeOf(() => sampleFounder(1, place, crypto, { roles }))).toBe('RIGHT_MISSING');
    const application = { ...founder(1).statement.application, roles: [...roles] };
    expect(codeOf(() => check(changed({ application })))).toBe('RIGHT_MISSING');
  });

  it('is refused with any bit of it turned', () => {
    const bytes = FounderFile.encode(founder(1));
    for (let place = 0; place < bytes.length; place++) {
      const turned = bytes.slice();
      turned[place]! ^= 1 << (place % 8);
      expect(() => check(FounderFile.decode(turned))).toThrow(WardError);
    }
  });

  it('is refused for another network or another chain of it', () => {
    const network = new Uint8Array(32);
    const predecessor = 'ward-test-2';
    for (const other of [
      { ...place, network },
      { ...place, predecessor },
    ]) {
      const foreign = sampleFounder(1, other, crypto);
      expect(codeOf(() => check(foreign))).toBe('FOUNDER_FOREIGN');
    }
  });

  it('is good for thirty days, and not before its time', () => {
    const made = (time: number) => sampleFounder(1, at(time), crypto);
    expect(check(made(now - FOUNDER_SECONDS_MAX)).peers).toHaveLength(1);
    expect(codeOf(() => check(made(now - FOUNDER_SECONDS_MAX - 1)))).toBe('FOUNDER_STALE');
    expect(check(made(now + 300)).peers).toHaveLength(1);
    expect(codeOf(() => check(made(now + 301)))).toBe('FOUNDER_STALE');
  });

  it('is refused twice, and with the account, a key or the address of another one', () => {
    expect(codeOf(() => check(founder(1), founder(1)))).toBe('FOUNDER_TAKEN');
    const keys = sampleFounderKeys(2, crypto);
    const others = sampleFounderKeys(1, crypto);
    const withKey = (name: keyof typeof keys) =>
      sampleFounder(2, place, crypto, { keys: { ...keys, [name]: others[name] } });
    for (const name of ['service', 'officer', 'node', 'validator', 'peer'] as const) {
      expect(codeOf(() => check(founder(1), withKey(name)))).toBe('FOUNDER_TAKEN');
    }
    const { account } = founder(1).statement.application;
    const sameAccount = sampleFounder(2, place, crypto, { account });
    expect(codeOf(() => check(founder(1), sameAccount))).toBe('FOUNDER_TAKEN');
    const sameAddress = sampleFounder(2, place, crypto, { address: '10.0.0.1:26656' });
    expect(codeOf(() => check(founder(1), sameAddress))).toBe('FOUNDER_TAKEN');
  });

  it('names one host and one port, and nothing that would mean more in a row of peers', () => {
    const wrong = ['10.0.0.1', 'a:b', '10.0.0.1:1,x@10.0.0.2:1', 'a b:1', '"\n:1', ':1', 'a:0'];
    for (const address of wrong) {
      expect(codeOf(() => sampleFounder(1, place, crypto, { address }))).toBe('FOUNDER_ADDRESS');
      expect(codeOf(() => check(changed({ address })))).toBe('FOUNDER_ADDRESS');
    }
    for (const address of ['node.clinic.example:26656', '[2001:db8::1]:65535']) {
      const { peers } = check(sampleFounder(1, place, crypto, { address }));
      expect(peers[0]?.endsWith(`@${address}`)).toBe(true);
    }
  });
});
