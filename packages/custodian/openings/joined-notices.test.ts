import { NOTICES_PER_REQUEST_MAX } from '@ward/charts';
import { refuseProtocol } from '@ward/protocol';
import { codeOfAsync } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { JoinedNotices, type SealedNotice } from './joined-notices.ts';

type Refusals = readonly (string | null)[];

const notice = (n: number): SealedNotice => ({
  chart: new Uint8Array(32).fill(n),
  sealed: Uint8Array.of(n),
});

/** Does it, and lets everything that waits for it go on. */
async function settled(work: () => void = () => undefined): Promise<void> {
  work();
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

interface Request {
  readonly numbers: readonly number[];
  answer(refusals: Refusals): Promise<void>;
  fail(): Promise<void>;
}

/** A vault whose answers wait until the test gives them. */
function slowVault(waitMsMax = 60_000) {
  const requests: Request[] = [];
  const joined = new JoinedNotices(
    (notices) =>
      new Promise((resolve, reject) => {
        requests.push({
          numbers: notices.map(({ sealed: [n] }) => n!),
          answer: (refusals) => settled(() => resolve({ refusals: [...refusals] })),
          fail: () => settled(() => reject(refuseProtocol('SERVER_UNREACHABLE'))),
        });
      }),
    waitMsMax,
  );
  const post = (n: number) => codeOfAsync(() => joined.post(notice(n)));
  return { requests, post };
}

describe('notices that go out together', () => {
  it('are one request for all of one turn, and each hears what was said of it', async () => {
    const { requests, post } = slowVault();
    const codes = [1, 2, 3].map(post);
    await settled();
    expect(requests.map(({ numbers }) => numbers)).toEqual([[1, 2, 3]]);
    await requests[0]!.answer([null, 'CHART_MISMATCH', null]);
    expect(await Promise.all(codes)).toEqual([undefined, 'CHART_MISMATCH', undefined]);
  });

  it('gather while a request is on its way, and are not told by its answer', async () => {
    const { requests, post } = slowVault();
    const first = post(1);
    await settled();
    let told = 0;
    const others = [2, 3].map((n) => post(n).finally(() => told++));
    await settled();
    expect(requests.map(({ numbers }) => numbers)).toEqual([[1]]);
    await requests[0]!.answer([null]);
    expect(await first).toBeUndefined();
    expect(requests.map(({ numbers }) => numbers)).toEqual([[1], [2, 3]]);
    expect(told).toBe(0);
    await requests[1]!.answer([null, null]);
    expect(await Promise.all(others)).toEqual([undefined, undefined]);
  });

  it('do not wait for long: a vault may hang', async () => {
    const { requests, post } = slowVault(10);
    const first = post(1);
    await settled();
    const second = post(2);
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(2);
    await requests[1]!.answer([null]);
    expect(await second).toBeUndefined();
    await requests[0]!.fail();
    expect(await first).toBe('SERVER_UNREACHABLE');
  });

  it('fail together where the request fails, and the next ones go out all the same', async () => {
    const { requests, post } = slowVault();
    const codes = [1, 2].map(post);
    await settled();
    const later = post(3);
    await requests[0]!.fail();
    expect(await Promise.all(codes)).toEqual(['SERVER_UNREACHABLE', 'SERVER_UNREACHABLE']);
    await requests[1]!.answer([null]);
    expect(await later).toBeUndefined();
  });

  it('are no more in a request than a vault takes', async () => {
    const { requests, post } = slowVault();
    const max = NOTICES_PER_REQUEST_MAX;
    const codes = Array.from({ length: max + 2 }, (_, n) => post(n));
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(2);
    expect(requests.map(({ numbers }) => numbers.length).sort((a, b) => a - b)).toEqual([2, max]);
    for (const { numbers, answer } of requests) await answer(numbers.map(() => null));
    expect(new Set(await Promise.all(codes))).toEqual(new Set([undefined]));
  });

  it('were not taken where the vault says nothing of them, or what nobody knows', async () => {
    const { requests, post } = slowVault();
    const codes = [1, 2, 3].map(post);
    await settled();
    await requests[0]!.answer([null, 'ALL_IS_WELL']);
    expect(await Promise.all(codes)).toEqual([undefined, 'ANSWER_INVALID', 'ANSWER_INVALID']);
  });
});
