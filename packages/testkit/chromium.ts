import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build, type Rollup } from 'vite';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const OPTIONS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
/** A page of this origin is a secure context; the test itself answers for it. */
const ORIGIN = 'https://ward.test/';

/** The Chromium on the PATH, if there is one. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);
}

/**
 * Whether tests in a browser are left out: only where there is none, and never where everything has
 * to be there.
 */
export const isWithoutChromium = findChromium() === undefined && process.env.CI !== 'true';

/** One script of an entry and all that it imports, as a browser resolves it. */
export async function bundleForBrowser(entry: URL): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    root: new URL('.', entry).pathname,
    resolve: { conditions: ['browser', 'import', 'module', 'default'] },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rollupOptions: { input: entry.pathname, output: { codeSplitting: false } },
    },
  })) as Rollup.RollupOutput;
  const [chunk, ...rest] = built.output;
  if (rest.length > 0) throw new Error('the bundle has more than one file');
  return chunk.code;
}

/** Runs `work` on a page of a fresh Chromium that has loaded `script` as a module. */
export async function withPage<T>(script: string, work: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on the PATH');
  const profile = mkdtempSync(join(tmpdir(), 'ward-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: OPTIONS,
  });
  try {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    // Servers of other origins are asked over the network, as by any page.
    await page.route(`${ORIGIN}**`, (route) => {
      const isScript = route.request().url().endsWith('/script.js');
      return route.fulfill({
        contentType: isScript ? 'text/javascript' : 'text/html',
        body: isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>',
      });
    });
    await page.goto(ORIGIN, { waitUntil: 'load' });
    if (errors.length > 0) throw new Error(`the page failed: ${errors.join('; ')}`);
    return await work(page);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
