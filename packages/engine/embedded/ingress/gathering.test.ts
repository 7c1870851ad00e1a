import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gathering } from './gathering.ts';

const PAUSE_MS = 40;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What happens, in its order; what is taken begins the next batch. */
function start(pauseMs = PAUSE_MS) {
  const events: string[] = [];
  const gathering: Gathering = new Gathering({
    pauseMs,
    read: () => events.push('read'),
    take: () => {
      gathering.begin();
      events.push('take');
    },
  });
  return { gathering, events };
}

describe('the gathering of envelopes', () => {
  it('lets a lone one through at once', () => {
    const { gathering, events } = start();
    gathering.add();
    expect(events).toEqual(['take']);
    expect(gathering.isPaused).toBe(false);
    vi.advanceTimersByTime(PAUSE_MS);
    gathering.add();
    expect(events).toEqual(['take', 'take']);
  });

  it('keeps those that come soon after together, and reads before it takes them', () => {
    const { gathering, events } = start();
    gathering.add();
    vi.advanceTimersByTime(10);
    for (let i = 0; i < 5; i++) gathering.add();
    expect(gathering.isPaused).toBe(true);
    vi.advanceTimersByTime(PAUSE_MS - 11);
    expect(events).toEqual(['take']);
    vi.advanceTimersToNextTimer();
    expect(events).toEqual(['take', 'read']);
    expect(gathering.isPaused).toBe(false);
    // What is read now is of the same batch.
    gathering.add();
    vi.advanceTimersToNextTimer();
    expect(events).toEqual(['take', 'read', 'take']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('begins anew where a batch was full before its time', () => {
    const { gathering, events } = start();
    gathering.add();
    gathering.add();
    gathering.begin();
    expect(gathering.isPaused).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    gathering.add();
    vi.advanceTimersByTime(PAUSE_MS + 1);
    expect(events).toEqual(['take', 'read', 'take']);
  });

  it('keeps nothing where nothing is to be kept', () => {
    const { gathering, events } = start(0);
    for (let i = 0; i < 3; i++) gathering.add();
    expect(events).toEqual(['take', 'take', 'take']);
    expect(gathering.isPaused).toBe(false);
  });
});
