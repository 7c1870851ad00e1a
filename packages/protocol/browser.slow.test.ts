import { readFileSync } from 'node:fs';
import type { VectorVerdicts } from '@ward/testkit/browser-vectors';
import { bundleForBrowser, isWithoutChromium, withPage } from '@ward/testkit/chromium';
import { PROTOCOL_CHECKS } from '@ward/testkit/protocol-vectors';
import { describe, expect, it } from 'vitest';

const names = Object.keys(PROTOCOL_CHECKS);

function loadVectors(): { [file: string]: unknown } {
  const load = (name: string) =>
    JSON.parse(
      readFileSync(new URL(`../../vectors/protocol/${name}.json`, import.meta.url), 'utf8'),
    );
  return Object.fromEntries(names.map((name) => [name, load(name)]));
}

async function checkInPage(script: string, vectors: object): Promise<VectorVerdicts> {
  return withPage(script, (page) =>
    page.evaluate((files) => globalThis.checkVectors(files as never), vectors),
  );
}

describe.skipIf(isWithoutChromium)('in Chromium', async () => {
  const entry = new URL(import.meta.resolve('@ward/testkit/browser-vectors'));
  const script = isWithoutChromium ? '' : await bundleForBrowser(entry);

  it('bundles without anything of Node', () => {
    expect(script).not.toMatch(/from ["']node:|require\(["']node:|sodium-native/);
  });

  it('holds every vector, as in Node', async () => {
    const verdicts = await checkInPage(script, loadVectors());
    expect(verdicts).toEqual(Object.fromEntries(names.map((name) => [name, null])));
  });

  it('says so when a vector does not hold', async () => {
    const vectors = loadVectors();
    const { cases } = vectors.signatures as { cases: { transaction: boolean }[] };
    cases[0]!.transaction = !cases[0]!.transaction;
    const verdicts = await checkInPage(script, vectors);
    expect(verdicts.signatures).toContain('honest');
    expect(verdicts.tags).toBeNull();
  });
});
