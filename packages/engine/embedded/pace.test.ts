import { describe, expect, it } from 'vitest';
import { isQuiet, pauseMs } from './pace.ts';

describe('the pace of blocks', () => {
  it('lets more gather the more come, and never for long', () => {
    expect([1, 40, 100, 250, 2000].map(pauseMs)).toEqual([4, 4, 10, 25, 25]);
  });

  it('proves a block at once where few came with it', () => {
    expect([1, 40, 41, 2000].map(isQuiet)).toEqual([true, true, false, false]);
  });
});
