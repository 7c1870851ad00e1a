import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { concatBytes, encodeUtf8, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { DECIDE_DIGEST } from './decide-digest.ts';

const RULE_FILES = [
  'erasure/erased-set.ts',
  'errors.ts',
  'grant/grant.ts',
  'grant/roster.ts',
  'header/chart-header.ts',
  'header/current.ts',
  'header/epoch.ts',
  'limits.ts',
  'objects.ts',
  'opening/decide.ts',
  'opening/entry.ts',
  'opening/errors.ts',
  'opening/request.ts',
  'release/release-point.ts',
  'release/scalar.ts',
  'sealed-box.ts',
  'unit/label.ts',
  'unit/manifest.ts',
];

const crypto = await loadCrypto();

function textOf(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** All files of the package that a file imports, and those that they import. */
function reachable(start: string): string[] {
  const found = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const folder = dirname(path);
    const specifiers = textOf(path).matchAll(/from '(\.[^']+)'/g);
    waiting.push(...[...specifiers].map(([, specifier]) => join(folder, specifier!)));
  }
  return [...found].sort();
}

describe('the digest of the rules', () => {
  it('covers every file of the package that decide.ts stands on', () => {
    expect(RULE_FILES).toEqual(reachable('opening/decide.ts'));
  });

  it('is the constant that a genesis takes: change it when you mean to change the rules', () => {
    const parts = RULE_FILES.map((path) =>
      concatBytes(encodeUtf8(`${path}\0`), crypto.sha256(encodeUtf8(textOf(path)))),
    );
    const digest = crypto.sha256(concatBytes(...parts));
    expect(toHex(DECIDE_DIGEST)).toBe(toHex(digest));
  });
});
