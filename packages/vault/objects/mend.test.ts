import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeRoster, type SealedUnit, writeUnit } from '@ward/charts';
import { collectBody, type SignCall, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { Metrics } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { type SampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { MemoryBodies } from '@ward/testkit/unit-store';
import { OTHER_VAULT, VaultHomes } from '@ward/testkit/vault-homes';
import type { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const crypto = await loadCrypto();
let homes: VaultHomes;
/** The vault of another organisation, and the one whose disk rots. */
let other: VaultStage;
let vault: VaultStage;
let chart: SampleChart;
let unit: SealedUnit;
let names: Uint8Array[];
let seed = 100;
let roster: Uint8Array;

beforeAll(async () => {
  homes = await VaultHomes.start(crypto);
  other = await homes.openOther();
});
afterAll(() => homes.close());

beforeEach(async () => {
  const { stage } = homes;
  homes.serveOther(other);
  vault = await homes.openOnDisk();
  chart = vault.chart(seed++, [vault.id, other.id]);
  const header = chart.sign();
  await other.putHeader(header);
  await vault.publish(header, chart);
  const { random, realm } = chart;
  const { service, id } = stage.ledger.provider;
  const input = {
    records: [100, 200, 300].map((size) => sampleRecord(random.bytes(size))),
    caption: { kind: 'encounter', month: 0 } as const,
    ...{ author: sampleAuthor(service, id), header: header.header },
  };
  unit = await writeUnit(input, new MemoryBodies(crypto), random, realm);
  roster = makeRoster([], random);
  for (const each of [vault, other]) names = await store(each);
});

function store(each: VaultStage): Promise<Uint8Array[]> {
  const sign: SignCall = homes.stage.as(homes.stage.ledger.members[2]!, each.id);
  const objects = [
    { kind: 'packed', bodies: unit.bodies, bytes: unit.packed! },
    { kind: 'manifest', bytes: unit.manifest },
    { kind: 'object', bytes: roster },
  ] as const;
  return each.put(chart.chart, objects, sign);
}

/** Alters one bit of what the vault has on its disk. */
async function rot(piece: Uint8Array): Promise<void> {
  const folder = join(vault.options.home!, 'blobs');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const at = bytes.indexOf(Buffer.from(piece.slice(0, 64)));
    if (at < 0) continue;
    bytes[at]! ^= 1;
    await writeFile(path, bytes);
    return;
  }
  throw new Error('no file has these bytes');
}

const rotAll = async () => {
  for (const piece of [unit.packed!, unit.manifest, roster]) await rot(piece);
};

describe('what the disk of a vault altered', () => {
  it('is fetched from the vault of another organisation, each kind of object', async () => {
    await rotAll();
    expect(await vault.vault.scrub()).toMatchObject({ damaged: 0, mended: 3 });
    expect(await vault.get(names[0]!)).toEqual(unit.packed);
    expect(await vault.get(names[1]!)).toEqual(unit.manifest);
    expect(await vault.get(names[2]!)).toEqual(roster);
    expect(await vault.vault.scrub()).toMatchObject({ objects: 3, damaged: 0, mended: 0 });
  });

  it('stays set aside while nobody has it whole, and is mended in a later round', async () => {
    await rotAll();
    homes.stage.serve(OTHER_VAULT, {
      name: OTHER_VAULT,
      send: () => Promise.reject(new Error('away')),
    });
    const report = await vault.vault.scrub();
    expect(report).toMatchObject({ damaged: 3, mended: 0 });
    expect(report.damagedNames).toHaveLength(3);
    expect(await codeOfAsync(() => vault.get(names[2]!))).toBe('OBJECT_DAMAGED');
    homes.serveOther(other);
    expect(await vault.vault.scrub()).toMatchObject({ damaged: 0, mended: 3 });
  });

  it('is taken from nobody who gives other bytes, too many, or none', async () => {
    await rotAll();
    const lies: ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
      (bytes) => new Uint8Array([...bytes, 0]),
      (bytes) => bytes.slice(0, -1),
      () => new Uint8Array(0),
    ];
    for (const lie of lies) {
      homes.stage.serve(OTHER_VAULT, lying(other.transport, lie));
      expect(await vault.vault.scrub()).toMatchObject({ damaged: 3, mended: 0 });
    }
    const refused = await codeOfAsync(() => vault.get(names[0]!));
    expect(refused).toBe('OBJECT_DAMAGED');
  });

  it('does not come back where it was deleted, though others still have it', async () => {
    const asOwner = homes.stage.asOwner(chart, vault.id);
    await vault.delete({ chart: chart.chart, name: names[0]!, body: 1 }, asOwner);
    await vault.delete({ chart: chart.chart, name: names[2]! }, asOwner);
    await rot(unit.packed!);
    expect(await vault.vault.scrub()).toMatchObject({ damaged: 0, mended: 1 });
    expect(await vault.getBody(names[0]!, 0)).toHaveLength(unit.bodies[0]!.size);
    expect(await codeOfAsync(() => vault.getBody(names[0]!, 1))).toBe('RECORD_ERASED');
    expect(await codeOfAsync(() => vault.get(names[2]!))).toBe('OBJECT_UNKNOWN');
    const { size } = unit.bodies[0]!;
    const erased = (await vault.get(names[0]!)).slice(size, size + unit.bodies[1]!.size);
    expect(erased.every((byte) => byte === 0)).toBe(true);
  });
});

it('a vault finds and mends it by itself, and says so in its metrics', async () => {
  await rot(roster);
  await vault.close();
  const metrics = new Metrics();
  const { home } = vault.options;
  const own = await homes.open({ home: home!, metrics, limits: { scrubEverySeconds: 0.01 } });
  await vi.waitFor(async () => expect(await own.get(names[2]!)).toEqual(roster), 20_000);
  await vi.waitFor(async () => {
    const page = await metrics.page();
    expect(page).toContain('ward_vault_mended_total 1');
    expect(page).toContain('ward_vault_damaged 0');
    expect(page).toMatch(/ward_vault_scrubbed_bytes_total [1-9]/);
  }, 20_000);
});

/** A vault that alters what it gives. */
function lying(real: Transport, lie: (bytes: Uint8Array) => Uint8Array): Transport {
  return {
    name: OTHER_VAULT,
    async send(request, options) {
      const answer = await real.send(request, options);
      const bytes = lie((await collectBody(answer.body, 1e8))!);
      const body = (async function* () {
        yield bytes;
      })();
      return { ...answer, body };
    },
  };
}
