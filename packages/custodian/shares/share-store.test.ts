import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deal, type KeptShare } from '@ward/charts';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { DurableDatabase } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CUSTODIAN_LIMITS } from '../limits.ts';
import { CUSTODIAN_VERSIONS, ShareStore } from './share-store.ts';

const crypto = await loadCrypto();
const chart = new Uint8Array(32).fill(1);
const homeKey = systemRandom.bytes(32);
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ward-shares-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function storeOn(database: DurableDatabase): ShareStore {
  const limits = { ...CUSTODIAN_LIMITS, sharesPerChartMax: 4 };
  return new ShareStore({ database, homeKey, limits, random: systemRandom, crypto });
}

const first = deal({ threshold: 2, count: 3 }, systemRandom, crypto);
const again = deal({ threshold: 2, count: 3, secret: first.secret }, systemRandom, crypto);
const q = first.commitments[0]!;

function shareOf(dealing: typeof first, index: number): KeptShare {
  return { q, chart, index, share: dealing.shares[index - 1]! };
}

describe('the shares of a key that was dealt anew', () => {
  it('are kept beside the old ones; the header’s commitments say which counts', async () => {
    expect(again.commitments[0]).toEqual(q);
    const store = storeOn(DurableDatabase.inMemory(CUSTODIAN_VERSIONS));
    await store.put(shareOf(first, 2), first.commitments);
    await store.put(shareOf(again, 2), again.commitments);
    await store.put(shareOf(again, 2), again.commitments);
    expect(store.count).toBe(2);
    const found = (commitments?: readonly Uint8Array[]) => store.find({ q, chart }, commitments);
    expect((await found(first.commitments))?.share).toEqual(first.shares[1]);
    expect((await found(again.commitments))?.share).toEqual(again.shares[1]);
    const other = deal({ threshold: 2, count: 3, secret: first.secret }, systemRandom, crypto);
    expect(await found(other.commitments)).toBeUndefined();
    expect(await found()).toBeUndefined();
  });

  it('are one of each dealing, whatever place the organisation has in it', async () => {
    const store = storeOn(DurableDatabase.inMemory(CUSTODIAN_VERSIONS));
    await store.put(shareOf(first, 2), first.commitments);
    const second = () => store.put(shareOf(first, 3), first.commitments);
    expect(await codeOfAsync(second)).toBe('SHARE_TAKEN');
    await store.put(shareOf(again, 1), again.commitments);
    expect((await store.find({ q, chart }, again.commitments))?.index).toBe(1);
    for (let i = 0; i < 2; i++) {
      const next = deal({ threshold: 2, count: 3, secret: first.secret }, systemRandom, crypto);
      await store.put(shareOf(next, 1), next.commitments);
    }
    const last = deal({ threshold: 2, count: 3, secret: first.secret }, systemRandom, crypto);
    const full = () => store.put(shareOf(last, 1), last.commitments);
    expect(await codeOfAsync(full)).toBe('SHARES_TOO_MANY');
  });

  it('go page by page to a successor, each deleted by itself', async () => {
    const store = storeOn(DurableDatabase.inMemory(CUSTODIAN_VERSIONS));
    await store.put(shareOf(first, 2), first.commitments);
    await store.put(shareOf(again, 2), again.commitments);
    const [one] = await store.page(1);
    const [two, ...rest] = await store.page(5, one);
    expect([one!.share, two!.share, rest]).toEqual([first.shares[1], again.shares[1], []]);
    await store.forget([one!]);
    expect((await store.page(5)).map(({ share }) => share)).toEqual([again.shares[1]]);
    const next = storeOn(DurableDatabase.inMemory(CUSTODIAN_VERSIONS));
    await next.takeOver([one!, two!]);
    await next.takeOver([one!, two!]);
    expect(next.count).toBe(2);
    const conflict = () => next.takeOver([shareOf(first, 3)]);
    expect(await codeOfAsync(conflict)).toBe('SHARE_CONFLICT');
  });
});

it('shares of a home from before keys were dealt anew are all there', async () => {
  const path = join(home, 'shares.db');
  const old = await DurableDatabase.open({ path, versions: CUSTODIAN_VERSIONS.slice(0, 1) });
  const aad = new Uint8Array([...q, ...chart, 2]);
  const nonce = systemRandom.bytes(12);
  const sealed = await crypto.aead.seal(first.shares[1]!, { key: homeKey, nonce, aad });
  const insert = old.prepare('INSERT INTO shares (q, chart, place, sealed) VALUES (?, ?, ?, ?)');
  await old.write(() => insert.run(q, chart, 2, new Uint8Array([...nonce, ...sealed])));
  await old.close();
  const database = await DurableDatabase.open({ path, versions: CUSTODIAN_VERSIONS });
  const store = storeOn(database);
  expect((await store.find({ q, chart }))?.share).toEqual(first.shares[1]);
  await store.put(shareOf(again, 2), again.commitments);
  expect(store.countOf(chart)).toBe(2);
  await database.close();
});
