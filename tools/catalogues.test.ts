import { errorCatalogue } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { loadProduct } from './docs/product.ts';

describe('all packages together', () => {
  it('declare every error code, format and endpoint once', async () => {
    await loadProduct();
    expect(errorCatalogue().size).toBeGreaterThan(50);
  });
});
