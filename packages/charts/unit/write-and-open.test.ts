import { concatBytes, encodeUtf8, equalBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { MemoryBodies } from '@ward/testkit/unit-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHART_LIMITS } from '../limits.ts';
import { objectName, packedName } from '../objects.ts';
import { bodyKey, openBodyBytes, sealBodyBytes, sealedLength } from './body.ts';
import { CAPTION_KINDS, type Caption, Manifest, parseManifest } from './manifest.ts';
import {
  openAuthor,
  openCaption,
  openRecord,
  openRecordBytes,
  openUnitKey,
  ownUnitKey,
  type RecordPlace,
  type UnitKeys,
} from './open-unit.ts';
import { type RecordInput, type SealedUnit, type UnitInput, writeUnit } from './write-unit.ts';

const crypto = await loadCrypto();
const sample = makeSampleChart(crypto);
const { realm, random, header, dealing, epochKey } = sample;
const keyPair = crypto.ed25519.keyPair(random.bytes(32));
const author = sampleAuthor(keyPair, random.bytes(16));
const caption: Caption = { kind: 'laboratory', month: 12 * 2026 + 10 };

function write(
  records: readonly RecordInput[],
  {
    bodies = new MemoryBodies(crypto),
    ...changes
  }: Partial<UnitInput> & { bodies?: MemoryBodies } = {},
): Promise<SealedUnit> {
  return writeUnit({ records, caption, author, header, ...changes }, bodies, random, realm);
}

async function keysOf(unit: SealedUnit): Promise<UnitKeys> {
  const parsed = parseManifest(unit.manifest, realm);
  const k1 = await openUnitKey(parsed, epochKey, realm);
  return { k1, k2: ownUnitKey(parsed, dealing.secret, realm) };
}

async function readStream(place: RecordPlace, body: Uint8Array) {
  const { metadata, bytes } = await openRecord(place, [body], realm);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return { metadata, bytes: concatBytes(...pieces) };
}

/** Opens a record piece by piece and as a whole: both give the same, or both refuse. */
async function read(
  unit: SealedUnit,
  index: number,
  {
    body,
    keys,
    manifest = unit.manifest,
  }: { body: Uint8Array; keys?: UnitKeys; manifest?: Uint8Array },
) {
  const place = { unit: parseManifest(manifest, realm), keys: keys ?? (await keysOf(unit)), index };
  const streamed = await readStream(place, body).catch(async (error: { code: string }) => {
    expect(await codeOfAsync(() => openRecordBytes(place, body, realm))).toBe(error.code);
    throw error;
  });
  const whole = await openRecordBytes(place, body, realm);
  expect(whole.metadata).toEqual(streamed.metadata);
  expect(equalBytes(whole.bytes, streamed.bytes)).toBe(true);
  return streamed;
}

describe('a unit', () => {
  const sizes = [0, 1, 900, 1024, 5000, 65_000, 65_536, 200_000, 1_048_000, 1_100_000, 5_000_000];

  it.each(sizes)('with a record of %i bytes opens as it was written', async (size) => {
    const bytes = random.bytes(size);
    const bodies = new MemoryBodies(crypto);
    const record = sampleRecord(bytes, { pieceBytes: 70_001, name: 'report' });
    const unit = await write([record], { bodies });
    const opened = await read(unit, 0, { body: bodies.bodyOf(unit, 0) });
    expect(equalBytes(opened.bytes, bytes)).toBe(true);
    expect(opened.metadata).toEqual(record.metadata);
    expect(unit.packed === null).toBe(size > 1_000_000);
  });

  it('of any records opens each of them, packed or streamed', async () => {
    const content = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), async (lengths, isLarge) => {
        const all = [...lengths, ...(isLarge ? [1_100_000] : [])].map((size) => random.bytes(size));
        const bodies = new MemoryBodies(crypto);
        const unit = await write(
          all.map((bytes) => sampleRecord(bytes)),
          { bodies },
        );
        for (const [index, bytes] of all.entries()) {
          const opened = await read(unit, index, { body: bodies.bodyOf(unit, index) });
          expect(equalBytes(opened.bytes, bytes)).toBe(true);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('of less than 1 MiB is one object, named by the list of its bodies', async () => {
    const unit = await write([sampleRecord(random.bytes(50)), sampleRecord(random.bytes(9000))]);
    const sizesOfBodies = unit.bodies.map(({ size }) => size);
    expect(sizesOfBodies).toEqual([sealedLength(1024), sealedLength(9216)]);
    expect(unit.packed).toHaveLength(sizesOfBodies[0]! + sizesOfBodies[1]!);
    const { manifest } = parseManifest(unit.manifest, realm);
    expect(manifest.packed).toBe(true);
    expect(packedName(manifest.bodies, crypto)).toEqual(packedName(unit.bodies, crypto));
  });

  it('takes a small record once from its source, and a large one twice', async () => {
    for (const [size, times] of [
      [100, 1],
      [1_100_000, 2],
    ] as const) {
      const bytes = random.bytes(size);
      let count = 0;
      const record: RecordInput = {
        metadata: sampleRecord(bytes).metadata,
        open() {
          count++;
          return [bytes];
        },
      };
      await write([record]);
      expect(count).toBe(times);
    }
  });

  it('is another each time: nothing of it shows that a record was written before', async () => {
    const record = sampleRecord(random.bytes(100));
    const [one, two] = [await write([record]), await write([record])];
    expect(one.label).not.toEqual(two.label);
    expect(one.packed).not.toEqual(two.packed);
    const [a, b] = [one, two].map(({ manifest }) => Manifest.decode(manifest));
    for (const part of ['leaves', 'unit', 'sealedKey', 'authorBox', 'caption'] as const) {
      expect(a![part]).not.toEqual(b![part]);
    }
  });

  it('shows nothing of author, caption or name by the lengths of its parts', async () => {
    const shapes = new Set<string>();
    for (const kind of CAPTION_KINDS) {
      const credential = 'x'.repeat(5 * CAPTION_KINDS.indexOf(kind));
      const name = 'n'.repeat(9 * CAPTION_KINDS.indexOf(kind));
      const unit = await write([sampleRecord(random.bytes(10), { name })], {
        caption: { kind, month: kind === 'claim' ? 0 : 24_000 },
        author: { ...author, credential },
      });
      shapes.add([unit.manifest, unit.packed!].map(({ length }) => length).join());
    }
    expect(shapes.size).toBe(1);
  });
});

describe('writing a unit', () => {
  const codeOfWrite = (records: readonly RecordInput[], changes = {}) =>
    codeOfAsync(() => write(records, changes));
  const good = sampleRecord(random.bytes(10));

  it('is refused into a chart that is frozen or erased', async () => {
    for (const state of ['frozen', 'erased'] as const) {
      expect(await codeOfWrite([good], { header: { ...header, state } })).toBe('CHART_NOT_OPEN');
    }
  });

  it('is refused without records, and with more than a manifest can list', async () => {
    expect(await codeOfWrite([])).toBe('UNIT_RECORDS');
    const many = Array.from({ length: CHART_LIMITS.recordsPerUnitMax + 1 }, () => good);
    expect(await codeOfWrite(many)).toBe('UNIT_RECORDS');
  });

  it('is refused for a record that is larger than a record can be', async () => {
    const metadata = { ...good.metadata, sizeBytes: 2 ** 32 };
    expect(await codeOfWrite([{ ...good, metadata }])).toBe('RECORD_TOO_LARGE');
  });

  it('is refused when a record gives less or more than its metadata says', async () => {
    for (const [says, gives] of [
      [10, 9],
      [10, 11],
      [0, 1],
      [1_100_000, 1_099_999],
      [1_100_000, 1_100_001],
    ] as const) {
      const record = sampleRecord(random.bytes(gives), { sizeBytes: says });
      expect(await codeOfWrite([record])).toBe('RECORD_CHANGED');
    }
  });

  it('is refused when a large record changes between its two readings', async () => {
    const bytes = random.bytes(1_100_000);
    let isChanged = false;
    const record: RecordInput = {
      metadata: sampleRecord(bytes).metadata,
      open() {
        const given = bytes.slice();
        if (isChanged) given[500_000]! ^= 1;
        isChanged = true;
        return [given];
      },
    };
    expect(await codeOfWrite([record])).toBe('RECORD_CHANGED');
  });

  it('is refused when the sink stored something else, or only a part', async () => {
    const record = sampleRecord(random.bytes(1_100_000));
    const input = { records: [record], caption, author, header };
    const lying = { put: async () => random.bytes(32) };
    const code = await codeOfAsync(() => writeUnit(input, lying, random, realm));
    expect(code).toBe('OBJECT_MISMATCH');
    const bodies = new MemoryBodies(crypto);
    const lazy = {
      async put(body: AsyncIterable<Uint8Array>) {
        async function* first() {
          for await (const chunk of body) {
            yield chunk;
            return;
          }
        }
        return bodies.put(first());
      },
    };
    const cut = await codeOfAsync(() => writeUnit(input, lazy, random, realm));
    expect(cut).toBe('OBJECT_MISMATCH');
  });

  it('is refused with keys in the header that are none, by a code', async () => {
    const [release] = header.releases;
    for (const q of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      const releases = [{ ...release!, commitments: [q] }];
      expect(await codeOfWrite([good], { header: { ...header, releases } })).toBe('POINT_INVALID');
    }
    const epoch = { number: 0, sealingKey: new Uint8Array(1216).fill(0xff) };
    expect(await codeOfWrite([good], { header: { ...header, epoch } })).toBe('KEY_INVALID');
  });
});

describe('opening a record', () => {
  const bodies = new MemoryBodies(crypto);
  const contents = ['first', 'second'].map(encodeUtf8);
  const written = write(
    contents.map((bytes) => sampleRecord(bytes)),
    { bodies },
  );

  const codeOfRead = async (
    index: number,
    changes: { body?: Uint8Array; keys?: UnitKeys; manifest?: Uint8Array } = {},
  ) => {
    const unit = await written;
    const body = bodies.bodyOf(unit, index === 1 ? 1 : 0);
    return codeOfAsync(() => read(unit, index, { body, ...changes }));
  };

  it('is refused with any key but its own', async () => {
    const keys = await keysOf(await written);
    for (const change of [
      { k1: random.bytes(32) },
      { k2: random.bytes(32) },
      { k2: new Uint8Array(0) },
      { k1: keys.k2, k2: keys.k1 },
    ]) {
      expect(await codeOfRead(0, { keys: { ...keys, ...change } })).toBe('SEAL_INVALID');
    }
  });

  it('is refused with the body of another record of the unit, or of none', async () => {
    const unit = await written;
    expect(await codeOfRead(0, { body: bodies.bodyOf(unit, 1) })).toBe('OBJECT_MISMATCH');
    expect(await codeOfRead(2)).toBe('UNIT_INVALID');
    expect(await codeOfRead(-1)).toBe('UNIT_INVALID');
  });

  it('is refused when the vault altered, cut or extended the body', async () => {
    const unit = await written;
    const body = bodies.bodyOf(unit, 0);
    const altered = body.slice();
    altered[700]! ^= 1;
    expect(await codeOfRead(0, { body: altered })).toBe('OBJECT_MISMATCH');
    expect(await codeOfRead(0, { body: body.slice(0, -1) })).toBe('OBJECT_MISMATCH');
    expect(await codeOfRead(0, { body: concatBytes(body, body) })).toBe('OBJECT_MISMATCH');
    expect(await codeOfRead(0, { body: new Uint8Array(0) })).toBe('OBJECT_MISMATCH');
  });

  it('is refused when its writer sealed other bytes than its leaf names', async () => {
    const unit = await write([sampleRecord(random.bytes(700))]);
    const { manifest, label } = parseManifest(unit.manifest, realm);
    const keys = await keysOf(unit);
    const context = { key: bodyKey({ ...keys, label, index: 0 }, realm), label, index: 0 };
    const plaintext = await openBodyBytes(unit.packed!, context, crypto);
    // The last byte of the padding, a byte of the record, the first of the salt.
    for (const at of [plaintext.length - 1, 600, 0]) {
      const other = plaintext.slice();
      other[at]! ^= 1;
      const body = concatBytes(...(await sealBodyBytes(other, context, crypto)));
      const bodies = [{ digest: objectName(body, crypto), size: body.length }];
      const changed = Manifest.encode({ ...manifest, bodies });
      const reading = () => read(unit, 0, { body, keys, manifest: changed });
      expect(await codeOfAsync(reading)).toBe('UNIT_INVALID');
    }
  });

  it('stops reading at the size that the manifest names', async () => {
    const unit = await written;
    let given = 0;
    function* endless() {
      for (;;) {
        given++;
        yield new Uint8Array(1000);
      }
    }
    const place = { unit: parseManifest(unit.manifest, realm), keys: await keysOf(unit), index: 0 };
    expect(await codeOfAsync(() => openRecord(place, endless(), realm))).toBe('OBJECT_MISMATCH');
    expect(given).toBeLessThan(4);
  });

  it('is refused when the manifest names another size, digest or leaf', async () => {
    const unit = await written;
    const manifest = Manifest.decode(unit.manifest);
    const [one, two] = manifest.bodies as [
      (typeof manifest.bodies)[0],
      (typeof manifest.bodies)[0],
    ];
    const codeOfBodies = (first: typeof one) =>
      codeOfRead(0, { manifest: Manifest.encode({ ...manifest, bodies: [first, two] }) });
    expect(await codeOfBodies({ ...one, size: one.size + 1 })).toBe('OBJECT_MISMATCH');
    expect(await codeOfBodies({ ...one, size: one.size - 1 })).toBe('OBJECT_MISMATCH');
    expect(await codeOfBodies({ ...one, digest: two.digest })).toBe('OBJECT_MISMATCH');
    expect(await codeOfBodies(one)).toBeUndefined();
  });
});

describe('author and caption of a unit', () => {
  it('are read with k1 alone, before any opening', async () => {
    const unit = await write([sampleRecord(random.bytes(10))]);
    const parsed = parseManifest(unit.manifest, realm);
    const k1 = await openUnitKey(parsed, epochKey, realm);
    expect(await openCaption(parsed, k1, realm)).toEqual(caption);
    expect(await openAuthor(parsed, k1, realm)).toMatchObject({
      account: author.account,
      publicKey: keyPair.publicKey,
      credential: author.credential,
    });
  });

  it('are refused when they were altered, or swapped with those of another unit', async () => {
    const [one, two] = [
      await write([sampleRecord(random.bytes(10))]),
      await write([sampleRecord(random.bytes(10))]),
    ];
    const other = Manifest.decode(two.manifest);
    const k1 = await openUnitKey(parseManifest(one.manifest, realm), epochKey, realm);
    const swapped = { ...Manifest.decode(one.manifest), authorBox: other.authorBox };
    const parsed = parseManifest(Manifest.encode({ ...swapped, caption: other.caption }), realm);
    expect(await codeOfAsync(() => openAuthor(parsed, k1, realm))).toBe('SEAL_INVALID');
    expect(await codeOfAsync(() => openCaption(parsed, k1, realm))).toBe('SEAL_INVALID');
    const mixed = { ...Manifest.decode(one.manifest), sealedKey: other.sealedKey };
    const foreign = parseManifest(Manifest.encode(mixed), realm);
    expect(await codeOfAsync(() => openUnitKey(foreign, epochKey, realm))).toBe('SEAL_INVALID');
  });

  it('are refused when somebody else than the named key signed', async () => {
    const other = crypto.ed25519.keyPair(random.bytes(32));
    const forged = { ...keyPair, secretKey: other.secretKey };
    const unit = await write([sampleRecord(random.bytes(10))], {
      author: { ...author, keyPair: forged },
    });
    const parsed = parseManifest(unit.manifest, realm);
    const k1 = await openUnitKey(parsed, epochKey, realm);
    expect(await codeOfAsync(() => openAuthor(parsed, k1, realm))).toBe('UNIT_INVALID');
  });
});

describe('the owner', () => {
  it('has k2 by the secret scalar, and none of a unit whose point is no point', async () => {
    const unit = await write([sampleRecord(random.bytes(10))]);
    const manifest = Manifest.decode(unit.manifest);
    for (const u of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      const broken = { ...manifest, point: { ...manifest.point!, u } };
      const parsed = parseManifest(Manifest.encode(broken), realm);
      const code = await codeOfAsync(async () => ownUnitKey(parsed, dealing.secret, realm));
      expect(code).toBe('UNIT_INVALID');
    }
  });
});
