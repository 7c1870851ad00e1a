import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build, type Rollup } from 'vite';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const OPTIONS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const PAGE =
  '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>';

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

/** Answers for a page of this machine: a secure context, which may ask servers of this machine. */
async function serve(script: string): Promise<{ readonly origin: string; close(): void }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : PAGE);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Runs `work` on a page of a fresh Chromium that has loaded `script` as a module. */
export async function withPage<T>(script: string, work: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on the PATH');
  const site = await serve(script);
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
    await page.goto(site.origin, { waitUntil: 'load' });
    if (errors.length > 0) throw new Error(`the page failed: ${errors.join('; ')}`);
    return await work(page);
  } finally {
    await context.close();
    site.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
