import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { concatBytes, encodeUtf8, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { DECIDE_DIGEST, DECIDE_RULE_FILES } from './decide-digest.ts';

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
    expect([...DECIDE_RULE_FILES]).toEqual(reachable('opening/decide.ts'));
  });

  it('is the constant that a genesis takes: change it when you mean to change the rules', () => {
    const parts = DECIDE_RULE_FILES.map((path) =>
      concatBytes(encodeUtf8(`${path}\0`), crypto.sha256(encodeUtf8(textOf(path)))),
    );
    const digest = crypto.sha256(concatBytes(...parts));
    expect(toHex(DECIDE_DIGEST)).toBe(toHex(digest));
  });
});
