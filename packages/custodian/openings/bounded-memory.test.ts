import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { CUSTODIAN_LIMITS } from '../limits.ts';
import { MailboxKeys } from './mailbox-keys.ts';
import { RefusalTally } from './refusal-tally.ts';
import { ToldNotices } from './told-notices.ts';

const random = seededRandom(5);
const DAY_SECONDS = 86_400;

describe('the refusals of a chart', () => {
  const tally = (limits: object = {}) => new RefusalTally({ ...CUSTODIAN_LIMITS, ...limits });

  it('are told one by one, then as numbers that grow', () => {
    const one = tally({ refusalsToldMax: 3 });
    const chart = random.bytes(32);
    const news = Array.from({ length: 20 }, () => one.add(chart, 0));
    expect(news.slice(0, 3)).toEqual(['all', 'all', 'all']);
    const numbers = news.flatMap((each) => (typeof each === 'object' ? [each.count] : []));
    expect(numbers).toEqual([1, 5, 13]);
    expect(news.filter((each) => each === 'nothing')).toHaveLength(14);
  });

  it('are counted by day and by chart', () => {
    const one = tally({ refusalsToldMax: 1 });
    const [chart, other] = [random.bytes(32), random.bytes(32)];
    one.add(chart, 0);
    expect(one.add(chart, DAY_SECONDS - 1)).toEqual({ count: 1 });
    expect(one.add(other, DAY_SECONDS - 1)).toBe('all');
    expect(one.add(chart, DAY_SECONDS)).toBe('all');
  });

  it('are remembered of so many charts, the least used forgotten first', () => {
    const one = tally({ refusalsToldMax: 1, chartsTalliedMax: 2 });
    const [a, b, c] = [random.bytes(32), random.bytes(32), random.bytes(32)];
    one.add(a, 0);
    one.add(b, 0);
    one.add(a, 0);
    one.add(c, 0);
    expect(one.add(b, 0)).toBe('all');
    expect(one.add(c, 0)).toEqual({ count: 1 });
  });
});

describe('notices that were told', () => {
  const told = (limits: object = {}) => new ToldNotices({ ...CUSTODIAN_LIMITS, ...limits });

  function teller() {
    let count = 0;
    return {
      tell: async () => {
        count++;
      },
      count: () => count,
    };
  }

  it('are told once in ten minutes', async () => {
    const one = told();
    const { tell, count } = teller();
    await one.once('a', 0, tell);
    await one.once('a', 599_999, tell);
    expect(count()).toBe(1);
    await one.once('a', 600_000, tell);
    await one.once('b', 600_000, tell);
    expect(count()).toBe(3);
  });

  it('hold up whoever asks while they are on their way', async () => {
    const one = told();
    let arrive: () => void = () => undefined;
    const order: string[] = [];
    const first = one.once('a', 0, () => new Promise((resolve) => (arrive = resolve)));
    const second = one.once('a', 1, () => Promise.reject(new Error('told twice')));
    const both = Promise.all([
      first.then(() => order.push('first')),
      second.then(() => order.push('second')),
    ]);
    order.push('delivered');
    arrive();
    await both;
    expect(order).toEqual(['delivered', 'first', 'second']);
  });

  it('that failed are told again', async () => {
    const one = told();
    const { tell, count } = teller();
    await expect(one.once('a', 0, () => Promise.reject(new Error('no vault')))).rejects.toThrow();
    await one.once('a', 1, tell);
    await one.once('a', 2, tell);
    expect(count()).toBe(1);
  });

  it('are so many at most, the oldest forgotten first', async () => {
    const one = told({ repeatsMax: 2 });
    const { tell, count } = teller();
    for (const name of ['a', 'b', 'c']) await one.once(name, 0, tell);
    await one.once('b', 1, tell);
    expect(count()).toBe(3);
    await one.once('a', 1, tell);
    expect(count()).toBe(4);
  });
});

describe('keys of mailboxes', () => {
  it('are kept ready for so many charts, and change with the chart’s own', async () => {
    const made: Uint8Array[] = [];
    const sealingKey = (bytes: Uint8Array) => {
      made.push(bytes);
      return { bytes };
    };
    const crypto = { kem: { sealingKey } } as unknown as ConstructorParameters<
      typeof MailboxKeys
    >[0];
    const keys = new MailboxKeys(crypto, 2);
    const [a, b, c] = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
    const key = random.bytes(8);
    expect(keys.of(a!, key)).toBe(keys.of(a!, key.slice()));
    expect(made).toHaveLength(1);
    keys.of(a!, random.bytes(8));
    expect(made).toHaveLength(2);
    keys.of(b!, key);
    keys.of(c!, key);
    keys.of(b!, key);
    expect(made).toHaveLength(4);
    keys.of(a!, key);
    expect(made).toHaveLength(5);
  });
});
