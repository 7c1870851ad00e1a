import { describe, expect, it } from 'vitest';
import { isQuiet, pauseMs } from './pace.ts';

describe('the pace of blocks', () => {
  it('lets more gather the more come, and never for long', () => {
    expect([1, 8, 12, 20, 2000].map(pauseMs)).toEqual([4, 4, 6, 10, 10]);
  });

  it('proves a block at once where few came with it', () => {
    expect([1, 8, 9, 2000].map(isQuiet)).toEqual([true, true, false, false]);
  });
});
