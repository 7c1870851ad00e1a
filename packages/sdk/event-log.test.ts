import { defineFormat, type FormatOf, field } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { EventLog, type EventStore, memoryEventStore } from './event-log.ts';

const Step = defineFormat('event-log-test-step', 1, { step: field.integer() });
type Step = FormatOf<typeof Step>;

function openLog(store: EventStore): Promise<EventLog<Step, { sum: number }>> {
  return EventLog.open<Step, { sum: number }>({
    store,
    format: Step,
    makeState: () => ({ sum: 0 }),
    fold: (state, { step }) => {
      state.sum += step;
    },
  });
}

/** A store that answers only when it is let. */
function heldStore(): EventStore & { release(): void } {
  const store = memoryEventStore();
  const waiting: (() => void)[] = [];
  const held = () => new Promise<void>((resolve) => waiting.push(resolve));
  return {
    load: () => store.load(),
    append: async (records) => {
      await held();
      await store.append(records);
    },
    rewrite: async (records) => {
      await held();
      await store.rewrite(records);
    },
    release: () => waiting.shift()?.(),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('an event log', () => {
  it('has the state of all its events, also when it is opened again', async () => {
    const store = memoryEventStore();
    const log = await openLog(store);
    await log.append({ step: 1 }, { step: 2 });
    await log.append({ step: 4 });
    expect(log.state.sum).toBe(7);
    expect((await openLog(store)).state.sum).toBe(7);
  });

  it('counts an event only when it is durable', async () => {
    const store = heldStore();
    const log = await openLog(store);
    const done = log.append({ step: 1 });
    await settle();
    expect(log.state.sum).toBe(0);
    store.release();
    await done;
    expect(log.state.sum).toBe(1);
  });

  it('does not count what the store refused, and goes on', async () => {
    const store = memoryEventStore();
    let isFull = true;
    const full: EventStore = {
      ...store,
      append: (records) => (isFull ? Promise.reject(new Error('full')) : store.append(records)),
    };
    const log = await openLog(full);
    await expect(log.append({ step: 1 })).rejects.toThrow('full');
    expect(log.state.sum).toBe(0);
    isFull = false;
    await log.append({ step: 2 });
    expect(log.state.sum).toBe(2);
    expect((await openLog(store)).state.sum).toBe(2);
  });

  it('forgets for ever what is not kept', async () => {
    const store = memoryEventStore();
    const log = await openLog(store);
    await log.append({ step: 1 }, { step: 2 }, { step: 4 });
    await log.keep(({ step }) => step !== 2);
    expect(log.state.sum).toBe(5);
    expect((await openLog(store)).events).toEqual([{ step: 1 }, { step: 4 }]);
  });

  it('keeps an event that is on its way while others are dropped', async () => {
    const store = heldStore();
    const log = await openLog(store);
    const steps = [log.append({ step: 1 }), log.keep(() => true), log.append({ step: 4 })];
    for (let i = 0; i < 3; i++) {
      await settle();
      store.release();
    }
    await Promise.all(steps);
    expect(log.state.sum).toBe(5);
    expect((await openLog(store)).state.sum).toBe(5);
  });
});
