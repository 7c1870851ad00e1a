import { describe, expect, it } from 'vitest';
import { askInTurn, SILENCE_MS_MAX, type Within } from './ask-in-turn.ts';
import type { AbortSignalLike } from './transport.ts';

/** A clock on which waiting takes no time: what has not ended when asked is late. */
const waits: number[] = [];
const within: Within = async <T>(promise: Promise<T>, ms: number) => {
  waits.push(ms);
  const late = new Promise<undefined>((resolve) => {
    setImmediate(() => resolve(undefined));
  });
  return Promise.race([promise, late]);
};

type Way = 'silent' | 'refusing' | 'good' | 'better';
const never = new Promise<string>(() => undefined);
const answers: Record<Way, () => Promise<string>> = {
  silent: () => never,
  refusing: () => Promise.reject(new Error('refused')),
  good: () => Promise.resolve('good'),
  better: () => Promise.resolve('better'),
};

function asking(ways: readonly Way[], options: { isFatal?: boolean } = {}) {
  const told: string[] = [];
  const signals = new Map<Way, AbortSignalLike>();
  const answer = askInTurn(
    (way: Way, signal) => {
      signals.set(way, signal);
      told.push(`ask ${way}`);
      return answers[way]();
    },
    {
      ways,
      within,
      onFailure: (way, error) => {
        told.push(`${way} failed`);
        if (options.isFatal) throw error;
      },
      onSilence: (way) => told.push(`${way} is silent`),
    },
  );
  return { answer, told, signals };
}

describe('servers that are asked in turn', () => {
  it('are asked one by one as long as the first answers at once', async () => {
    const { answer, told } = asking(['good', 'better']);
    expect(await answer).toEqual(['good']);
    expect(told).toEqual(['ask good']);
  });

  it('are asked beside one that is silent, which is told that nobody waits any more', async () => {
    waits.length = 0;
    const { answer, told, signals } = asking(['silent', 'good']);
    expect(await answer).toEqual(['good']);
    expect(told).toEqual(['ask silent', 'silent is silent', 'ask good']);
    expect(waits).toEqual([SILENCE_MS_MAX]);
    expect([signals.get('silent')!.aborted, signals.get('good')!.aborted]).toEqual([true, false]);
  });

  it('follow one that fails at once, and an empty list says that all failed', async () => {
    const { answer, told } = asking(['refusing', 'better']);
    expect(await answer).toEqual(['better']);
    expect(told).toEqual(['ask refusing', 'refusing failed', 'ask better']);
    expect(await asking(['refusing']).answer).toEqual([]);
    expect(await asking([]).answer).toEqual([]);
  });

  it('are left alone once a failure ends everything', async () => {
    const { answer, told, signals } = asking(['silent', 'refusing', 'good'], { isFatal: true });
    await expect(answer).rejects.toThrow('refused');
    expect(told).not.toContain('ask good');
    expect(signals.get('silent')!.aborted).toBe(true);
  });

  it('tell a signal’s listeners once, and not those that left', async () => {
    let stop: AbortSignalLike | undefined;
    const heard: string[] = [];
    const gone = () => heard.push('gone');
    await askInTurn(
      (way: Way, signal) => {
        if (way === 'silent') {
          stop = signal;
          signal.addEventListener('abort', () => heard.push('stopped'));
          signal.addEventListener('abort', gone);
          signal.removeEventListener('abort', gone);
        }
        return answers[way]();
      },
      { ways: ['silent', 'good'], within, onFailure: () => undefined },
    );
    expect(heard).toEqual(['stopped']);
    expect(stop?.aborted).toBe(true);
  });
});
