import { hash } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import {
  OpeningRequest,
  openOpeningRequest,
  SignedOpeningRequest,
  sealOpeningRequest,
} from './request.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random, custodians } = opening.chart;
const key = crypto.kem.openingKey(random.bytes(32));
const custodian = { id: custodians[0]!, key: key.sealingKey };
const asker = { account: opening.grantee, keyPair: opening.serviceKey, time: SAMPLE_TIME };
const request = OpeningRequest.encode(opening.request);

const sealed = await sealOpeningRequest(request, { asker, custodian }, realm);
const receive = (bytes: Uint8Array, own = { custodian: custodian.id, key }, where = realm) =>
  openOpeningRequest(bytes, own, where);

describe('a request to a custodian', () => {
  it('arrives as it was sent, with who asks and a signature that holds', async () => {
    const { signed, request: arrived, isSigned } = await receive(sealed);
    expect(arrived).toEqual(opening.request);
    expect(isSigned).toBe(true);
    expect(signed).toMatchObject({ account: opening.grantee, time: SAMPLE_TIME });
    expect(signed.publicKey).toEqual(opening.serviceKey.publicKey);
  });

  it('opens for the custodian it was sealed to, in its network, and as it was sealed', async () => {
    const altered = sealed.slice();
    altered[sealed.length - 1]! ^= 1;
    const tries = [
      () => receive(sealed, { custodian: custodians[1]!, key }),
      () =>
        receive(sealed, { custodian: custodian.id, key: crypto.kem.openingKey(random.bytes(32)) }),
      () => receive(sealed, undefined, { network: random.bytes(32), crypto }),
      () => receive(altered),
      () => receive(sealed.slice(0, 1000)),
    ];
    for (const open of tries) expect(await codeOfAsync(open)).toBe('SEAL_INVALID');
  });

  it('cannot be forwarded by one custodian to another in the name of the asker', async () => {
    const { signed } = await receive(sealed);
    const other = crypto.kem.openingKey(random.bytes(32));
    const thief = crypto.ed25519.keyPair(random.bytes(32));
    // Sealed anew to the other custodian, with the signature that was made for the first one.
    const info = hash('opening-request-seal', [custodians[1]!], realm);
    const to = other.sealingKey;
    const forwarded = await crypto.kem.seal(SignedOpeningRequest.encode(signed), { to, info });
    const own = { custodian: custodians[1]!, key: other };
    expect((await receive(forwarded, own)).isSigned).toBe(false);
    const bySomebody = await sealOpeningRequest(
      request,
      {
        asker: { ...asker, keyPair: { ...thief, publicKey: opening.serviceKey.publicKey } },
        custodian: { id: custodians[1]!, key: to },
      },
      realm,
    );
    expect((await receive(bySomebody, own)).isSigned).toBe(false);
  });

  it('that holds no request is refused by its format', async () => {
    const rubbish = await sealOpeningRequest(random.bytes(50), { asker, custodian }, realm);
    expect(await codeOfAsync(() => receive(rubbish))).toMatch(/^(CBOR|FORMAT)_/);
  });
});
