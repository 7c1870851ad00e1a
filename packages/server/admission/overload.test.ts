import { callEndpoint } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ask, DoorStage, STAGE_ENDPOINTS } from '@ward/testkit/door-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const { echo } = STAGE_ENDPOINTS;
const WORD = { text: 'größer', bytes: Uint8Array.of(1, 2, 3), count: 7 };
const NO_PARAMETERS = { params: {}, query: {} };

let stage: DoorStage;
beforeAll(async () => {
  stage = await DoorStage.start(await loadCrypto());
});
afterAll(() => stage.stop());
afterEach(() => stage.closeServers());

describe('a server that is asked too much', () => {
  it('tells a source to wait, and how long', async () => {
    const { http } = await stage.open({ limits: { sourceBurst: 2, sourcePerSecond: 0.1 } });
    await ask(http, {});
    await ask(http, {});
    const answer = await ask(http, {});
    expect([answer.status, answer.json?.code]).toEqual([429, 'SOURCE_LIMITED']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(5);
  });

  it('is busy when it has as much work as it holds, and serves again afterwards', async () => {
    const { http, scene } = await stage.open({ limits: { requestsMax: 1 } });
    const first = ask(http, { method: 'GET', target: '/v1/wait' });
    await expect.poll(() => scene.waiting.length).toBe(1);
    const second = await ask(http, { method: 'GET', target: '/v1/wait' });
    expect([second.status, second.json?.code]).toEqual([503, 'SERVER_BUSY']);
    expect(second.headers['retry-after']).toBe('1');
    scene.waiting[0]!();
    expect((await first).status).toBe(204);
    expect((await ask(http, { method: 'DELETE', target: '/v1/nothing' })).status).toBe(204);
  });

  it('holds no more bodies in memory than its budget', async () => {
    const { http } = await stage.open({ limits: { heldBytesMax: 1000 } });
    const request = { ...NO_PARAMETERS, body: { ...WORD, bytes: new Uint8Array(1500) } };
    expect(await codeOfAsync(() => callEndpoint(echo, request, http))).toBe('SERVER_BUSY');
    const small = { ...NO_PARAMETERS, body: { ...WORD, bytes: new Uint8Array(900) } };
    for (let i = 0; i < 3; i++) await callEndpoint(echo, small, http);
  });
});
