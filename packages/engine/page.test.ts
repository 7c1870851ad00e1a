import { exampleOutput, missingOnPage } from '@ward/testkit/package-page';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;

describe('the page on this package', () => {
  it('has an example that runs as it stands', { timeout: 120_000 }, () => {
    expect(exampleOutput(folder)).toBe('0 true\n');
  });

  it('leads to every folder, and names files that there are', () => {
    expect(missingOnPage(folder)).toEqual([]);
  });
});
