import { BlockHeaders, getBlockHeaders, HEADERS_MAX } from '@ward/ledger/schema';
import { type BlockHeader, headerHash, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { memoryDoor, memoryTransport } from '@ward/testkit/memory-doors';
import { codeOfAsync } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { HeaderLinks, LINKS_MAX } from './header-links.ts';

const crypto = await loadCrypto();
const validators = testValidators([1], { seed: 9, crypto });
const HEIGHT = 350;

/** Headers by their height; of `other` ones the application says something else. */
function chainOf(other: (height: number) => boolean = () => false): BlockHeader[] {
  const headers: BlockHeader[] = [];
  for (let height = 1; height <= HEIGHT; height++) {
    const before = headers.at(-1);
    const hash = before === undefined ? new Uint8Array(0) : headerHash(before, crypto);
    const lastBlock = { hash, partsTotal: 1, partsHash: new Uint8Array(32) };
    const appHash = new Uint8Array(32).fill(other(height) ? 1 : 0);
    const time = { seconds: 1_800_000_000 + height, nanos: 0 };
    const header = { appHash, ...(before === undefined ? {} : { lastBlock }) };
    const wanted = { chain: 'ward-test-1', height, time, validators, header };
    headers.push(signLightBlock(wanted, crypto).header);
  }
  return headers;
}

const chain = chainOf();
const at = (height: number) => chain[height - 1]!;

/** A node that has the headers of a chain, and what it was asked for. */
function nodeOf(
  own: readonly BlockHeader[],
  change: (headers: BlockHeader[]) => BlockHeader[] = (headers) => headers,
): { readonly node: Transport; readonly asked: number[] } {
  const asked: number[] = [];
  const answer = memoryDoor(getBlockHeaders, ({ params: { height } }) => {
    asked.push(height);
    const headers = own.slice(Math.max(0, height - HEADERS_MAX), height).reverse();
    return { headers: change(headers) };
  });
  return { node: memoryTransport('memory://links', [answer]), asked };
}

function links(): HeaderLinks {
  const header = at(HEIGHT);
  return new HeaderLinks({ header, hash: headerHash(header, crypto) }, crypto);
}

describe('a block far below one that is believed', () => {
  it('is led to by the hashes from header to header, page by page', async () => {
    const { node, asked } = nodeOf(chain);
    const down = links();
    await down.check(at(HEIGHT), node);
    expect(asked).toEqual([]);
    await down.check(at(1), node);
    expect(asked).toEqual([350, 250, 150, 50]);
  });

  it('is near to a page that was proved before: the way down is gone once', async () => {
    const { node, asked } = nodeOf(chain);
    const down = links();
    await down.check(at(120), node);
    expect(asked.splice(0)).toEqual([350, 250, 150]);
    await down.check(at(121), node);
    await down.check(at(249), node);
    await down.check(at(120), node);
    expect(asked).toEqual([150, 250]);
  });

  it('is not another one than the chain had, whoever gives the headers', async () => {
    const other = chainOf((height) => height === 200);
    const honest = nodeOf(chain).node;
    for (const height of [200, 201, 350]) {
      const forged = other[height - 1]!;
      expect(await codeOfAsync(() => links().check(forged, honest))).toBe('HEADER_MISMATCH');
    }
    // Below the change they are the same; the way there is another.
    const { node } = nodeOf(other);
    expect(await codeOfAsync(() => links().check(at(100), node))).toBe('HEADER_MISMATCH');
    await links().check(other[99]!, honest);
    const raised = { ...at(100), height: 101 };
    expect(await codeOfAsync(() => links().check(raised, honest))).toBe('HEADER_MISMATCH');
  });

  it('is not led to by pages with gaps, doubles, or few headers', async () => {
    const lies: readonly ((headers: BlockHeader[]) => BlockHeader[])[] = [
      (headers) => headers.toSpliced(50, 1),
      (headers) => headers.toSpliced(50, 0, headers[50]!).slice(0, HEADERS_MAX),
      (headers) => headers.slice(1),
      (headers) => headers.slice(0, 1),
      (headers) => headers.toReversed(),
    ];
    for (const lie of lies) {
      const { node, asked } = nodeOf(chain, lie);
      expect(await codeOfAsync(() => links().check(at(10), node))).toBe('HEADER_MISMATCH');
      expect(asked).toHaveLength(1);
    }
  });

  it('is too far away behind a hundred thousand headers', async () => {
    const header = { ...at(HEIGHT), height: LINKS_MAX + HEIGHT + 1 };
    const down = new HeaderLinks({ header, hash: headerHash(header, crypto) }, crypto);
    const { node, asked } = nodeOf(chain);
    expect(await codeOfAsync(() => down.check(at(HEIGHT), node))).toBe('TRUST_EXPIRED');
    expect(asked).toEqual([]);
  });

  it('is given with as many headers before it as a page holds', () => {
    const headers = chain.slice(-HEADERS_MAX).reverse();
    expect(BlockHeaders.decode(BlockHeaders.encode({ headers })).headers).toHaveLength(100);
  });
});
