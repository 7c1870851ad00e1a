import { ProvedState } from '@ward/ledger/schema';
import { type BlockHeader, refuseProtocol, type StateClaim } from '@ward/protocol';
import { codeOfAsync } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { JoinedProofs } from './joined-proofs.ts';

const key = (number: number) => Uint8Array.of(number >> 8, number);
const numberOf = ([high, low]: Uint8Array) => high! * 256 + low!;

/** A question that the ledger was asked, to be answered when the test says so. */
interface Question {
  readonly numbers: readonly number[];
  answer(height?: number): Promise<void>;
  fail(): Promise<void>;
}

/** A ledger in which the value of each key is the key, and whose answers wait. */
function slowLedger(waitMsMax = 60_000) {
  const questions: Question[] = [];
  const prove = (keys: readonly Uint8Array[]) =>
    new Promise<ProvedState>((resolve, reject) => {
      const claims = keys.map((each) => ({ key: each, value: each }) as unknown as StateClaim);
      const state = (height: number) =>
        new ProvedState({ height, time: { seconds: 0, nanos: 0 } } as BlockHeader, claims);
      questions.push({
        numbers: keys.map(numberOf),
        answer: (height = 1) => settled(() => resolve(state(height))),
        fail: () => settled(() => reject(refuseProtocol('SERVER_BUSY', { retrySeconds: 1 }))),
      });
    });
  return { questions, joined: new JoinedProofs({ prove }, waitMsMax) };
}

/** Does it, and lets everything that waits for it go on. */
async function settled(work: () => void = () => undefined): Promise<void> {
  work();
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const numbersOf = async (state: Promise<ProvedState>) =>
  (await state).claims.map((claim) => numberOf(claim.key));

describe('proofs that are asked together', () => {
  it('are one question, each key once, and each asker gets just its own claims', async () => {
    const { questions, joined } = slowLedger();
    const states = [
      [1, 2],
      [3, 2],
      [2, 1, 2],
    ].map((each) => joined.prove(each.map(key)));
    await settled();
    expect(questions.map(({ numbers }) => numbers)).toEqual([[1, 2, 3]]);
    await questions[0]!.answer();
    const claimed = await Promise.all(states.map(numbersOf));
    expect(claimed).toEqual([
      [1, 2],
      [3, 2],
      [2, 1, 2],
    ]);
    await expect((async () => (await states[0]!).bytes(key(3)))()).rejects.toThrow('not asked for');
  });

  it('go out behind the question on its way: none is answered by an earlier one', async () => {
    const { questions, joined } = slowLedger();
    const first = joined.prove([key(1)]);
    await settled();
    const later = [joined.prove([key(1)]), joined.prove([key(2)])];
    await settled();
    expect(questions).toHaveLength(1);
    await questions[0]!.answer(7);
    expect((await first).header.height).toBe(7);
    expect(questions[1]!.numbers).toEqual([1, 2]);
    await questions[1]!.answer(8);
    expect(await Promise.all(later.map(async (each) => (await each).header.height))).toEqual([
      8, 8,
    ]);
  });

  it('do not wait long for an answer that does not come', async () => {
    const { questions, joined } = slowLedger(10);
    const first = joined.prove([key(1)]);
    await settled();
    const second = joined.prove([key(2)]);
    await expect.poll(() => questions.length, { timeout: 10_000 }).toBe(2);
    await questions[1]!.answer();
    expect(await numbersOf(second)).toEqual([2]);
    await questions[0]!.answer();
    expect(await numbersOf(first)).toEqual([1]);
  });

  it('fail together, and what comes afterwards is asked anew', async () => {
    const { questions, joined } = slowLedger();
    const codes = [1, 2].map((n) => codeOfAsync(() => joined.prove([key(n)])));
    await settled();
    const later = joined.prove([key(3)]);
    await questions[0]!.fail();
    expect(await Promise.all(codes)).toEqual(['SERVER_BUSY', 'SERVER_BUSY']);
    await questions[1]!.answer();
    expect(await numbersOf(later)).toEqual([3]);
  });

  it('are no more in one question than a node takes', async () => {
    const { questions, joined } = slowLedger();
    const many = Array.from({ length: 600 }, (_, i) => key(i));
    const other = Array.from({ length: 600 }, (_, i) => key(1000 + i));
    const states = [joined.prove(many), joined.prove(other)];
    await settled();
    expect(questions.map(({ numbers }) => numbers.length)).toEqual([600, 600]);
    for (const question of questions) await question.answer();
    expect(await numbersOf(states[0]!)).toEqual(many.map(numberOf));
    expect(await numbersOf(states[1]!)).toEqual(other.map(numberOf));
  });
});
