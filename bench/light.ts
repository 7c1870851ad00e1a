import type { Crypto } from '@ward/protocol';
import { LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import type { TimedBlocks } from '@ward/testkit/browser-light';
import { bundleForBrowser, findChromium, withPage } from '@ward/testkit/chromium';
import { timeLightBlock } from '@ward/testkit/light-timer';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { type BenchOptions, type BenchRow, boundedRow, plainRow } from './bench-row.ts';

const START = 1_800_000_000;
const CHAIN = 'bench-1';
const RULES = { chain: CHAIN, trustingPeriodSeconds: 1_209_600, clockDriftSeconds: 10 };
/** One validator changes at each height, so that a block so far ahead is believed by a part. */
const FAR = 8;
const NODE_MS_MAX = 30;
const CHROMIUM_MS_MAX = 120;

/**
 * A light client's work for one block, from its bytes to believing it: the next height, where the
 * set was named, and one farther ahead, where the trusted set is held against the commit first.
 */
export async function run({ quick, full }: BenchOptions): Promise<BenchRow[]> {
  const crypto = await loadCrypto();
  const runs = quick ? 5 : full ? 201 : 51;
  const cases = [
    { name: '20', bound: true, timed: timedBlocks({ validators: 20, height: 2, runs }, crypto) },
    {
      ...{ name: '20-far', bound: true },
      timed: timedBlocks({ validators: 20, height: FAR, runs }, crypto),
    },
    { name: '100', bound: false, timed: timedBlocks({ validators: 100, height: 2, runs }, crypto) },
  ];
  const rows = cases.map(({ name, bound, timed }) =>
    row(`light.${name}-node`, timeLightBlock(timed, crypto), bound ? NODE_MS_MAX : undefined),
  );
  if (findChromium() === undefined) return rows;
  const script = await bundleForBrowser(
    new URL(import.meta.resolve('@ward/testkit/browser-light')),
  );
  await withPage(script, async (page) => {
    for (const { name, bound, timed } of cases) {
      const ms = await page.evaluate((blocks) => globalThis.timeInPage(blocks), timed);
      rows.push(row(`light.${name}-chromium`, ms, bound ? CHROMIUM_MS_MAX : undefined));
    }
  });
  return rows;
}

function row(metric: string, value: number, atMost: number | undefined): BenchRow {
  const unit = 'ms';
  if (atMost === undefined) return plainRow(metric, value, unit);
  return boundedRow({ metric, value, unit }, { atMost });
}

function timedBlocks(
  { validators, height, runs }: { validators: number; height: number; runs: number },
  crypto: Crypto,
): TimedBlocks {
  const chain = new RotatingChain({ chain: CHAIN, start: START, validators, seed: 1, crypto });
  const bytesAt = (at: number) => [...LightBlock.encode(chain.blockAt(at))];
  const now = START + height;
  return { trusted: bytesAt(1), block: bytesAt(height), rules: RULES, now, runs };
}
