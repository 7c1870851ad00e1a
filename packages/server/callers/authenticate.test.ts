import { type AccountId, callEndpoint, REQUEST_HEADER, type SignCall } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { DoorStage, STAGE_ENDPOINTS } from '@ward/testkit/door-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const { own, members, both } = STAGE_ENDPOINTS;
const WORD = { text: 'größer', bytes: Uint8Array.of(1, 2, 3), count: 7 };
const NO_PARAMETERS = { params: {}, query: {} };

let stage: DoorStage;
beforeAll(async () => {
  stage = await DoorStage.start(await loadCrypto());
});
afterAll(() => stage.stop());
afterEach(() => stage.closeServers());

describe('who may not pass a door', () => {
  const call = async (endpoint: typeof own, sign?: SignCall) => {
    const { http, scene } = await stage.open();
    const options = { ...NO_PARAMETERS, body: WORD, ...(sign === undefined ? {} : { sign }) };
    const code = await codeOfAsync(() => callEndpoint(endpoint, options, http));
    expect(scene.callers.length).toBe(code === undefined ? 1 : 0);
    return code;
  };
  const any = (endpoint: object) => endpoint as typeof own;

  it('is who did not sign', async () => {
    expect(await call(own)).toBe('REQUEST_UNSIGNED');
    expect(await call(own, () => ({ [REQUEST_HEADER]: 'zz' }))).toBe('HEX_INVALID');
    expect(await call(own, () => ({ [REQUEST_HEADER]: '80' }))).toBe('FORMAT_FIELDS');
  });

  it('is who signed for another server, another body, another door or another time', async () => {
    expect(await call(own, stage.signer(stage.ownerKey(), stage.ledger.registrar.id))).toBe(
      'REQUEST_SIGNATURE',
    );
    const sign = stage.signer(stage.ownerKey());
    const other =
      (change: object): SignCall =>
      (request) =>
        sign({ ...request, ...change });
    expect(await call(own, other({ body: new Uint8Array(3) }))).toBe('REQUEST_SIGNATURE');
    expect(await call(own, other({ target: '/v1/both' }))).toBe('REQUEST_SIGNATURE');
    expect(await call(own, other({ method: 'PUT' }))).toBe('REQUEST_SIGNATURE');
    const now = stage.clock.ms / 1000;
    expect(await call(own, stage.signer(stage.ownerKey(), undefined, now + 121))).toBe(
      'REQUEST_TIME',
    );
    expect(await call(own, stage.signer(stage.ownerKey(), undefined, now - 121))).toBe(
      'REQUEST_TIME',
    );
    expect(await call(own, stage.signer(stage.ownerKey(), undefined, now + 120))).toBeUndefined();
  });

  it('is who signed with another key than the one that is named', async () => {
    const { signer: named } = stage.ownerKey(1);
    const { keyPair } = stage.ownerKey(2);
    expect(await call(own, stage.signer({ signer: named, keyPair }))).toBe('REQUEST_SIGNATURE');
  });

  it('is a signer of the other kind', async () => {
    expect(await call(own, stage.signer(stage.memberKey()))).toBe('CALLER_MISPLACED');
    expect(await call(any(members), stage.signer(stage.ownerKey()))).toBe('CALLER_MISPLACED');
    expect(await call(any(both), stage.signer(stage.ownerKey()))).toBeUndefined();
    expect(await call(any(both), stage.signer(stage.memberKey()))).toBeUndefined();
  });

  it('is a key that is no service key of the account, or of an account that is none', async () => {
    const { id: account, officer, service } = stage.ledger.provider;
    const signed = (id: AccountId, keyPair: typeof officer) => {
      const { publicKey } = keyPair;
      return stage.signer({ signer: { kind: 'organisation', account: id, publicKey }, keyPair });
    };
    expect(await call(any(members), signed(account, officer))).toBe('CALLER_UNKNOWN');
    expect(await call(any(members), signed(stage.ledger.registrar.id, service))).toBe(
      'CALLER_UNKNOWN',
    );
    const stranger = stage.ledger.makeMember(77);
    expect(await call(any(members), stage.signer(stage.memberKey(stranger)))).toBe(
      'CALLER_UNKNOWN',
    );
  });

  it('is the same signed request a second time', async () => {
    const { http, scene } = await stage.open();
    for (const [endpoint, key] of [
      [own, stage.ownerKey()],
      [any(members), stage.memberKey()],
    ] as const) {
      let first: { readonly [name: string]: string } | undefined;
      const sign: SignCall = (request) => {
        first ??= stage.signer(key)(request);
        return first;
      };
      const again = () => callEndpoint(endpoint, { ...NO_PARAMETERS, body: WORD, sign }, http);
      await again();
      expect(await codeOfAsync(again)).toBe('REQUEST_REPLAYED');
    }
    expect(scene.callers).toHaveLength(2);
  });
});
describe('members', () => {
  it('are proved anew when what was proved is too old: a key that ended is refused', async () => {
    const { http } = await stage.open();
    const key = stage.memberKey();
    const call = () =>
      callEndpoint(members, { ...NO_PARAMETERS, body: WORD, sign: stage.signer(key) }, http);
    await call();
    stage.clock.ms += 61_000;
    expect(await codeOfAsync(call)).toBe('LEDGER_STALE');
    await stage.node.makeBlock();
    await call();
  });
});
