import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { SERVER_LIMITS } from '../limits.ts';
import { Admission } from './admission.ts';
import { ByteBudget } from './byte-budget.ts';
import { sourceOf } from './source.ts';
import { TokenBuckets } from './token-buckets.ts';

describe('token buckets', () => {
  const buckets = (keysMax = 10) => new TokenBuckets({ capacity: 3, perSecond: 2, keysMax });

  it('let a burst through, then as many as fill up', () => {
    const one = buckets();
    expect([1, 2, 3].map(() => one.spend('a', 1, 0))).toEqual([0, 0, 0]);
    expect(one.spend('a', 1, 0)).toBeCloseTo(0.5);
    expect(one.spend('a', 1, 499)).toBeGreaterThan(0);
    expect(one.spend('a', 1, 500)).toBe(0);
    expect(one.spend('b', 3, 500)).toBe(0);
  });

  it('say that what never fits never will', () => {
    expect(buckets().spend('a', 4, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('fill nothing when the clock goes back', () => {
    const one = buckets();
    one.spend('a', 3, 10_000);
    expect(one.spend('a', 1, 0)).toBeGreaterThan(0);
    expect(one.spend('a', 1, 400)).toBeGreaterThan(0);
  });

  it('forget the key that was not used for longest', () => {
    const one = buckets(2);
    one.spend('a', 3, 0);
    one.spend('b', 3, 0);
    expect(one.spend('a', 1, 0)).toBeGreaterThan(0);
    one.spend('c', 3, 0);
    expect(one.size).toBe(2);
    expect(one.spend('a', 1, 0)).toBeGreaterThan(0);
    expect(one.spend('b', 1, 0)).toBe(0);
  });
});

describe('the source of a request', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('of the address %s is the place that one customer has', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });
});

describe('admission', () => {
  it('holds no more requests than its limit, and gives places back', () => {
    const admission = new Admission({ ...SERVER_LIMITS, requestsMax: 2 });
    admission.enter('a');
    admission.enter('b');
    expect(codeOf(() => admission.enter('c'))).toBe('SERVER_BUSY');
    admission.leave();
    admission.enter('c');
    expect(admission.requests).toBe(2);
  });

  it('limits each source by itself', () => {
    const admission = new Admission({ ...SERVER_LIMITS, sourceBurst: 2, sourcePerSecond: 0.001 });
    admission.enter('a');
    admission.enter('a');
    expect(codeOf(() => admission.enter('a'))).toBe('SOURCE_LIMITED');
    expect(codeOf(() => admission.enter('b'))).toBeUndefined();
  });

  it('limits event streams, in all and for each source', () => {
    const limits = { ...SERVER_LIMITS, streamsMax: 3, streamsPerSourceMax: 2 };
    const admission = new Admission(limits);
    admission.enterStream('a');
    admission.enterStream('a');
    expect(codeOf(() => admission.enterStream('a'))).toBe('SOURCE_LIMITED');
    admission.enterStream('b');
    expect(codeOf(() => admission.enterStream('c'))).toBe('SERVER_BUSY');
    admission.leaveStream('a');
    admission.enterStream('c');
    expect(admission.streams).toBe(3);
  });

  it('lets nothing in once the server stops', () => {
    const admission = new Admission(SERVER_LIMITS);
    admission.stop();
    expect(codeOf(() => admission.enter('a'))).toBe('SERVER_STOPPING');
  });
});

describe('the budget of bytes', () => {
  it('is never overdrawn', () => {
    const budget = new ByteBudget(10);
    budget.take(7);
    expect(codeOf(() => budget.take(4))).toBe('SERVER_BUSY');
    expect(budget.takenBytes).toBe(7);
    budget.give(7);
    budget.take(10);
  });
});
