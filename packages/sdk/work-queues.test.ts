import { describe, expect, it } from 'vitest';
import { WorkQueues } from './work-queues.ts';

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe('work of one name', () => {
  it('is done one after the other, in the order it came', async () => {
    const queues = new WorkQueues();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await later();
      seen.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => queues.run('one', work(name))));
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('goes on after work that failed, and tells who asked for that', async () => {
    const queues = new WorkQueues();
    const failed = queues.run('one', () => Promise.reject(new Error('no')));
    const next = queues.run('one', async () => 'done');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('done');
  });

  it('does not wait for work of another name', async () => {
    const queues = new WorkQueues();
    void queues.run('one', () => new Promise(() => undefined));
    expect(await queues.run('two', async () => 'done')).toBe('done');
  });
});
