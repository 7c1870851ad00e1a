import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeRoster,
  objectName,
  packBodies,
  packedName,
  type SealedUnit,
  unitCommitment,
  verifyDeletion,
  writeUnit,
} from '@ward/charts';
import { equalBytes, type SignCall } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { type SampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import type { ServerStage } from '@ward/testkit/server-stage';
import { MemoryBodies } from '@ward/testkit/unit-store';
import { VaultHomes } from '@ward/testkit/vault-homes';
import type { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let homes: VaultHomes;
let stage: ServerStage;

beforeAll(async () => {
  homes = await VaultHomes.start(await loadCrypto());
  ({ stage } = homes);
});
afterAll(() => homes.close());

async function unitOf(chart: SampleChart, records = 2): Promise<SealedUnit> {
  const { random, realm, header } = chart;
  const author = sampleAuthor(stage.ledger.provider.service, stage.ledger.provider.id);
  const input = {
    records: Array.from({ length: records }, () => sampleRecord(random.bytes(100))),
    caption: { kind: 'encounter', month: 0 } as const,
    ...{ author, header },
  };
  return writeUnit(input, new MemoryBodies(realm.crypto), random, realm);
}

function objectsOf({ manifest, bodies, packed }: SealedUnit) {
  return [
    { kind: 'packed', bodies, bytes: packed! },
    { kind: 'manifest', bytes: manifest },
  ] as const;
}

const writer = (vault: VaultStage): SignCall => stage.as(stage.ledger.members[2]!, vault.id);
const owner = (vault: VaultStage, chart: SampleChart) => stage.asOwner(chart, vault.id);

describe.each(['memory', 'disk'])('objects in a vault in %s', (kind) => {
  const open = () => (kind === 'memory' ? homes.open() : homes.openOnDisk());

  it('are named by their bytes, and given to whoever knows the name', async () => {
    const vault = await open();
    const chart = await homes.publishedChart(vault);
    const unit = await unitOf(chart);
    const roster = makeRoster([], chart.random);
    const objects = [...objectsOf(unit), { kind: 'object', bytes: roster } as const];
    const names = await vault.put(chart.chart, objects, writer(vault));
    const { realm } = chart;
    expect(names).toEqual([
      packedName(unit.bodies, realm.crypto),
      unitCommitment(unit.manifest, realm),
      objectName(roster, realm.crypto),
    ]);
    expect(await vault.get(names[0]!)).toEqual(unit.packed);
    expect(await vault.get(names[1]!)).toEqual(unit.manifest);
    const unknown = new Uint8Array(32);
    expect(await vault.getMany([names[2]!, unknown, names[1]!])).toEqual([
      ...[roster, null, unit.manifest],
    ]);
    for (const [index, { size }] of unit.bodies.entries()) {
      const body = await vault.getBody(names[0]!, index);
      expect(body).toHaveLength(size);
      expect(objectName(body, realm.crypto)).toEqual(unit.bodies[index]!.digest);
    }
    expect(await codeOfAsync(() => vault.getBody(names[0]!, 2))).toBe('BODY_UNKNOWN');
    expect(await codeOfAsync(() => vault.getBody(names[1]!, 0))).toBe('BODY_UNKNOWN');
    expect(await codeOfAsync(() => vault.get(unknown))).toBe('OBJECT_UNKNOWN');
  });

  it('stream in and out when they are large', async () => {
    const vault = await open();
    const chart = await homes.publishedChart(vault);
    const piece = chart.random.bytes(100_000);
    const body = (async function* () {
      for (let i = 0; i < 50; i++) yield piece;
    })();
    const name = await vault.upload(chart.chart, body, writer(vault));
    const whole = Buffer.concat(Array.from({ length: 50 }, () => piece));
    expect(name).toEqual(objectName(whole, stage.crypto));
    expect(equalBytes(await vault.get(name), whole)).toBe(true);
    const again = await vault.upload(chart.chart, whole, owner(vault, chart));
    expect(again).toEqual(name);
  });

  it('are gone, with a receipt, when the owner says so', async () => {
    const vault = await open();
    const chart = await homes.publishedChart(vault);
    const [first, second] = [await unitOf(chart), await unitOf(chart)];
    const names = await vault.put(
      chart.chart,
      [...objectsOf(first), ...objectsOf(second)],
      writer(vault),
    );
    const order = { chart: chart.chart, name: names[0]! };
    const receipt = await vault.delete(order, owner(vault, chart));
    const { publicKey } = vault.member.service;
    expect(verifyDeletion(receipt, publicKey, stage.ledger.realm)).toBe(true);
    expect(receipt).toMatchObject({ what: 'object', subject: names[0], time: stage.now });
    expect(await codeOfAsync(() => vault.get(names[0]!))).toBe('OBJECT_UNKNOWN');
    await stage.pass(30);
    const again = await vault.delete(order, owner(vault, chart));
    expect(again.time).toBe(receipt.time);
    const back = () => vault.put(chart.chart, objectsOf(first), writer(vault));
    expect(await codeOfAsync(back)).toBe('OBJECT_ERASED');
    expect(await vault.get(names[2]!)).toEqual(second.packed);
    const none = { chart: chart.chart, name: new Uint8Array(32) };
    expect(await codeOfAsync(() => vault.delete(none, owner(vault, chart)))).toBe('OBJECT_UNKNOWN');
  });

  it('lose a body that is punched out, and keep the others', async () => {
    const vault = await open();
    const chart = await homes.publishedChart(vault);
    const unit = await unitOf(chart, 3);
    const [name] = await vault.put(chart.chart, objectsOf(unit), writer(vault));
    const order = { chart: chart.chart, name: name!, body: 1 };
    const receipt = await vault.delete(order, owner(vault, chart));
    expect(receipt).toMatchObject({ what: 'body', subject: unit.bodies[1]!.digest });
    expect(await codeOfAsync(() => vault.getBody(name!, 1))).toBe('RECORD_ERASED');
    for (const index of [0, 2]) {
      const body = await vault.getBody(name!, index);
      expect(objectName(body, stage.crypto)).toEqual(unit.bodies[index]!.digest);
    }
    const whole = await vault.get(name!);
    const { size } = unit.bodies[0]!;
    expect(whole.slice(size, size + unit.bodies[1]!.size).every((byte) => byte === 0)).toBe(true);
    await vault.put(chart.chart, objectsOf(unit), writer(vault));
    expect(await codeOfAsync(() => vault.getBody(name!, 1))).toBe('RECORD_ERASED');
    expect(await vault.delete(order, owner(vault, chart))).toEqual(receipt);
    const beyond = () => vault.delete({ ...order, body: 3 }, owner(vault, chart));
    expect(await codeOfAsync(beyond)).toBe('BODY_UNKNOWN');
  });

  it('of two charts are two: nobody deletes another’s, nor gets a receipt meanwhile', async () => {
    const vault = await open();
    const [chart, other] = [await homes.publishedChart(vault), await homes.publishedChart(vault)];
    const bytes = makeRoster([], chart.random);
    const put = (to: SampleChart) =>
      vault.put(to.chart, [{ kind: 'object', bytes }], writer(vault));
    const [name] = await put(chart);
    await put(other);
    const order = { chart: chart.chart, name: name! };
    expect(await codeOfAsync(() => vault.delete(order, owner(vault, chart)))).toBe('OBJECT_SHARED');
    expect(await vault.get(name!)).toEqual(bytes);
    await vault.delete({ ...order, chart: other.chart }, owner(vault, other));
    expect((await vault.delete(order, owner(vault, chart))).subject).toEqual(name);
    expect(await codeOfAsync(() => vault.get(name!))).toBe('OBJECT_UNKNOWN');
  });
});

describe('who may store and delete', () => {
  let vault: VaultStage;
  let chart: SampleChart;
  beforeAll(async () => {
    vault = await homes.open();
    chart = await homes.publishedChart(vault);
  });
  const object = () => [{ kind: 'object', bytes: chart.random.bytes(50) }] as const;

  it('is an organisation for a chart that the vault keeps, while it is open', async () => {
    await vault.put(chart.chart, object(), writer(vault));
    const unknown = vault.chart(9999);
    const early = () => vault.put(unknown.chart, object(), writer(vault));
    expect(await codeOfAsync(early)).toBe('CHART_UNSTORED');
    const frozen = await homes.publishedChart(vault);
    const slots = {
      slot: frozen.keys.slot(1).publicKey,
      nextSlot: frozen.keys.slot(2).publicKey,
    };
    await vault.publish(frozen.sign({ version: 1, state: 'frozen', ...slots }), frozen);
    const late = () => vault.put(frozen.chart, object(), writer(vault));
    expect(await codeOfAsync(late)).toBe('CHART_NOT_OPEN');
    await vault.put(frozen.chart, object(), owner(vault, frozen));
  });

  it('is the owner, also before the first header', async () => {
    const fresh = homes.chart(vault);
    await vault.put(fresh.chart, object(), owner(vault, fresh));
  });

  it('is not the owner of another chart', async () => {
    const other = homes.chart(vault);
    const put = () => vault.put(chart.chart, object(), owner(vault, other));
    expect(await codeOfAsync(put)).toBe('OWNER_UNKNOWN');
    const upload = () => vault.upload(chart.chart, new Uint8Array(9), owner(vault, other));
    expect(await codeOfAsync(upload)).toBe('OWNER_UNKNOWN');
    const [name] = await vault.put(chart.chart, object(), writer(vault));
    const order = { chart: chart.chart, name: name! };
    expect(await codeOfAsync(() => vault.delete(order, owner(vault, other)))).toBe('OWNER_UNKNOWN');
    expect(await codeOfAsync(() => vault.delete(order, writer(vault)))).toBe('CALLER_MISPLACED');
    const own = { chart: other.chart, name: name! };
    expect(await codeOfAsync(() => vault.delete(own, owner(vault, other)))).toBe('OBJECT_UNKNOWN');
    expect(await vault.get(name!)).toHaveLength(50);
  });

  it('is nobody who did not sign', async () => {
    const unsigned: SignCall = () => ({});
    const put = () => vault.put(chart.chart, object(), unsigned);
    expect(await codeOfAsync(put)).toBe('REQUEST_UNSIGNED');
    expect(await codeOfAsync(() => vault.upload(chart.chart, new Uint8Array(9), unsigned))).toBe(
      'REQUEST_UNSIGNED',
    );
  });
});

describe('objects that are not what they are sent as', () => {
  it('are refused with their place, and nothing of the batch is kept', async () => {
    const vault = await homes.open();
    const [chart, other] = [await homes.publishedChart(vault), await homes.publishedChart(vault)];
    const { manifest, bodies, packed } = await unitOf(chart);
    const good = { kind: 'object', bytes: chart.random.bytes(20) } as const;
    const first = bodies[0]!;
    const bad = [
      { kind: 'manifest', bytes: (await unitOf(other)).manifest },
      { kind: 'manifest', bytes: manifest.slice(1) },
      { kind: 'packed', bodies, bytes: packed!.slice(1) },
      {
        kind: 'packed',
        bodies,
        bytes: packBodies([packed!.slice(first.size), packed!.slice(0, first.size)]),
      },
      { kind: 'packed', bodies: [first, first], bytes: packed! },
      { kind: 'packed', bodies: [first], bytes: packed! },
    ] as const;
    for (const object of bad) {
      const put = () => vault.put(chart.chart, [good, object], writer(vault));
      await expect(put()).rejects.toMatchObject({ code: 'OBJECT_INVALID', data: { position: 1 } });
    }
    const name = objectName(good.bytes, stage.crypto);
    expect(await codeOfAsync(() => vault.get(name))).toBe('OBJECT_UNKNOWN');
    const empty = () => vault.upload(chart.chart, new Uint8Array(0), writer(vault));
    expect(await codeOfAsync(empty)).toBe('OBJECT_INVALID');
  });
});

describe('a vault on a disk', () => {
  it('has after a restart what it had before, and nothing that was not finished', async () => {
    const vault = await homes.openOnDisk();
    const chart = await homes.publishedChart(vault);
    const unit = await unitOf(chart);
    const names = await vault.put(chart.chart, objectsOf(unit), writer(vault));
    const blobs = join(vault.options.home!, 'blobs');
    await writeFile(join(blobs, 'staging', 'half'), 'half');
    await writeFile(join(blobs, 'ab', 'ab'.repeat(16)), 'without a row');
    await vault.restart();
    expect(await vault.get(names[0]!)).toEqual(unit.packed);
    expect(await readdir(join(blobs, 'staging'))).toEqual([]);
    expect(await readdir(join(blobs, 'ab'))).not.toContain('ab'.repeat(16));
  });

  it('does not share its home', async () => {
    const vault = await homes.openOnDisk();
    const home = vault.options.home!;
    expect(await codeOfAsync(() => homes.open({ home }))).toBe('HOME_LOCKED');
  });

  it('finds bytes that the disk altered, gives them to nobody, and is mended', async () => {
    const vault = await homes.openOnDisk();
    const chart = await homes.publishedChart(vault);
    const [unit, other] = [await unitOf(chart, 3), await unitOf(chart)];
    const [packed, manifest] = await vault.put(chart.chart, objectsOf(unit), writer(vault));
    await vault.put(chart.chart, objectsOf(other), writer(vault));
    await vault.delete({ chart: chart.chart, name: packed!, body: 2 }, owner(vault, chart));
    expect(await vault.vault.scrub()).toMatchObject({ objects: 4, damaged: 0 });
    await flip(join(vault.options.home!, 'blobs'), unit.packed!.slice(0, 64));
    const seen: number[] = [];
    const report = await vault.vault.scrub({ onProgress: ({ objects }) => seen.push(objects) });
    expect(report).toMatchObject({ objects: 4, damaged: 1 });
    expect(seen.at(-1)).toBe(4);
    expect(await codeOfAsync(() => vault.get(packed!))).toBe('OBJECT_DAMAGED');
    expect(await codeOfAsync(() => vault.getBody(packed!, 0))).toBe('OBJECT_DAMAGED');
    expect(await vault.get(manifest!)).toEqual(unit.manifest);
    await vault.put(chart.chart, objectsOf(unit), writer(vault));
    expect(await vault.vault.scrub()).toMatchObject({ damaged: 0 });
    expect(await vault.getBody(packed!, 0)).toHaveLength(unit.bodies[0]!.size);
    const whole = await vault.get(packed!);
    expect(whole.slice(-unit.bodies[2]!.size).every((byte) => byte === 0)).toBe(true);
    expect(await codeOfAsync(() => vault.getBody(packed!, 2))).toBe('RECORD_ERASED');
  });

  it('overwrites what is deleted: nothing of it is left in any file', async () => {
    const vault = await homes.openOnDisk();
    const chart = await homes.publishedChart(vault);
    const [unit, kept] = [await unitOf(chart), await unitOf(chart)];
    const names = await vault.put(
      chart.chart,
      [...objectsOf(unit), ...objectsOf(kept)],
      writer(vault),
    );
    const piece = Buffer.from(unit.packed!.slice(10, 40));
    const holding = async () => {
      const files = await filesIn(vault.options.home!);
      return files.filter(({ bytes }) => bytes.includes(piece)).length;
    };
    expect(await holding()).toBe(1);
    await vault.delete({ chart: chart.chart, name: names[0]! }, owner(vault, chart));
    expect(await holding()).toBe(0);
    expect(await vault.get(names[2]!)).toEqual(kept.packed);
  });
});

async function filesIn(folder: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { path, bytes: await readFile(path) };
    }),
  );
}

/** Alters one byte of the file that has this piece. */
async function flip(folder: string, piece: Uint8Array): Promise<void> {
  for (const { path, bytes } of await filesIn(folder)) {
    const at = bytes.indexOf(Buffer.from(piece));
    if (at < 0) continue;
    bytes[at]! ^= 1;
    await writeFile(path, bytes);
    return;
  }
  throw new Error('no file has these bytes');
}
