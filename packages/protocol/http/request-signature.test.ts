import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { parseHex, toHex } from '../bytes.ts';
import type { Realm } from '../realm.ts';
import {
  REQUEST_AGE_SECONDS_MAX,
  RequestSignature,
  type RequestSignerKey,
  type SignedRequest,
  signRequest,
  verifyRequest,
} from './request-signature.ts';

const crypto = await loadCrypto();
const realm: Realm = { network: new Uint8Array(32).fill(1), crypto };
const random = seededRandom(1);
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(3));
const organisation: RequestSignerKey = {
  kind: 'organisation',
  account: new Uint8Array(16).fill(4),
  publicKey: keyPair.publicKey,
};
const owner: RequestSignerKey = {
  kind: 'owner',
  ck: keyPair.publicKey,
  cold: new Uint8Array(32).fill(5),
};
const NOW = 1_700_000_000;
const request: SignedRequest = {
  audience: new Uint8Array(16).fill(6),
  method: 'POST',
  target: '/v1/things?from=3',
  body: Uint8Array.of(1, 2, 3),
};

function headerFor(signer: RequestSignerKey, of = request, time = NOW): string {
  return signRequest(of, { key: { signer, keyPair }, time }, random, realm);
}

function verdict(header: string | undefined, change: Partial<SignedRequest> = {}, now = NOW) {
  return codeOf(() => verifyRequest({ ...request, ...change }, { header, now }, realm));
}

describe('a signed request', () => {
  it.each([organisation, owner])('says who signed it: $kind', (signer) => {
    const signed = verifyRequest(request, { header: headerFor(signer), now: NOW }, realm);
    expect(signed.signer).toEqual(signer);
    expect(signed.time).toBe(NOW);
    expect(signed.nonce).toHaveLength(16);
  });

  it('is another one each time', () => {
    expect(headerFor(organisation)).not.toBe(headerFor(organisation));
  });

  it('binds server, method, target, body, network and time', () => {
    const header = headerFor(organisation);
    expect(verdict(header)).toBeUndefined();
    const changes: Partial<SignedRequest>[] = [
      { audience: new Uint8Array(16).fill(7) },
      { method: 'PUT' },
      { target: '/v1/things?from=4' },
      { body: Uint8Array.of(1, 2, 4) },
      { body: null },
    ];
    for (const change of changes) expect(verdict(header, change)).toBe('REQUEST_SIGNATURE');
    const other: Realm = { network: new Uint8Array(32).fill(2), crypto };
    const elsewhere = () => verifyRequest(request, { header, now: NOW }, other);
    expect(codeOf(elsewhere)).toBe('REQUEST_SIGNATURE');
    const later = { ...RequestSignature.decode(parseHex(header)), time: NOW + 1 };
    expect(verdict(toHex(RequestSignature.encode(later)))).toBe('REQUEST_SIGNATURE');
  });

  it('without a body is not one with an empty body', () => {
    const header = headerFor(owner, { ...request, body: null });
    expect(verdict(header, { body: null })).toBeUndefined();
    expect(verdict(header, { body: new Uint8Array(0) })).toBe('REQUEST_SIGNATURE');
  });

  it('is taken for two minutes on either side of the clock', () => {
    const header = headerFor(organisation);
    expect(verdict(header, {}, NOW + REQUEST_AGE_SECONDS_MAX)).toBeUndefined();
    expect(verdict(header, {}, NOW - REQUEST_AGE_SECONDS_MAX)).toBeUndefined();
    expect(verdict(header, {}, NOW + REQUEST_AGE_SECONDS_MAX + 1)).toBe('REQUEST_TIME');
    expect(verdict(header, {}, NOW - REQUEST_AGE_SECONDS_MAX - 1)).toBe('REQUEST_TIME');
  });

  it('says how far the clocks are apart', () => {
    const work = () => verifyRequest(request, { header: headerFor(owner), now: NOW + 500 }, realm);
    expect(work).toThrow(expect.objectContaining({ data: { skewSeconds: 500 } }));
  });

  it.each<[string, string, string | undefined]>([
    ['REQUEST_UNSIGNED', 'no header', undefined],
    ['REQUEST_UNSIGNED', 'a long header', '00'.repeat(600)],
    ['HEX_INVALID', 'no hexadecimal', 'zz'],
    ['CBOR_TRUNCATED', 'an empty header', ''],
    ['FORMAT_TYPE', 'another value', '00'],
    ['FORMAT_VERSION', 'another version', '8102'],
  ])('is refused with %s for %s', (code, _, header) => {
    expect(verdict(header)).toBe(code);
  });

  it('is refused when the signer is not the one whose key signed', () => {
    const signed = RequestSignature.decode(parseHex(headerFor(organisation)));
    const stranger = crypto.ed25519.keyPair(new Uint8Array(32).fill(9)).publicKey;
    const forged = { ...signed, signer: { ...organisation, publicKey: stranger } };
    expect(verdict(toHex(RequestSignature.encode(forged)))).toBe('REQUEST_SIGNATURE');
  });
});
