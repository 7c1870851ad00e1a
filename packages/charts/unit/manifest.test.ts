import { hash, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { type LabelFields, unitLabel } from './label.ts';
import {
  CAPTION_BYTES,
  CAPTION_KINDS,
  Caption,
  Manifest,
  parseManifest,
  RecordMetadata,
  unitCommitment,
} from './manifest.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random } = opening.chart;
const unit = opening.units[0]!;
const manifest = Manifest.decode(unit.manifest);

const parseCode = (changes: Partial<Manifest>) =>
  codeOf(() => parseManifest(Manifest.encode({ ...manifest, ...changes }), realm));

describe('a manifest', () => {
  it('gives the label and the commitment of its unit', () => {
    const parsed = parseManifest(unit.manifest, realm);
    expect(parsed.label).toEqual(unit.label);
    expect(parsed.commitment).toEqual(unit.commitment);
    expect(parsed.commitment).toEqual(hash('unit', [unit.manifest], realm));
    expect(parsed.manifest.chart).toEqual(opening.chart.chart);
  });

  it('has another commitment after any change, and with another network', () => {
    const changed = { ...manifest, packed: !manifest.packed };
    expect(unitCommitment(Manifest.encode(changed), realm)).not.toEqual(unit.commitment);
    const elsewhere = { network: random.bytes(32), crypto };
    expect(unitCommitment(unit.manifest, elsewhere)).not.toEqual(unit.commitment);
  });

  it('has another label when anything changes that the label binds', () => {
    const leaves = [random.bytes(32)];
    const changes: Partial<Manifest>[] = [
      { chart: random.bytes(32) },
      { epoch: 1 },
      { q: random.bytes(32) },
      { unit: random.bytes(16) },
      { leaves, root: leaves[0]! },
      { q: new Uint8Array(0), point: null },
    ];
    const labels = changes.map((change) => {
      const { label } = parseManifest(Manifest.encode({ ...manifest, ...change }), realm);
      return toHex(label);
    });
    expect(new Set([...labels, toHex(unit.label)]).size).toBe(changes.length + 1);
  });

  it('is refused when its root is not that of its leaves', () => {
    expect(parseCode({ root: random.bytes(32) })).toBe('UNIT_INVALID');
    expect(parseCode({ leaves: [random.bytes(32)] })).toBe('UNIT_INVALID');
    const one = manifest.leaves[0]!;
    const body = manifest.bodies[0]!;
    expect(parseCode({ leaves: [one, one], bodies: [body, body] })).toBe('UNIT_INVALID');
  });

  it('is refused with more or fewer bodies than records', () => {
    const body = manifest.bodies[0]!;
    expect(parseCode({ bodies: [body, body] })).toBe('UNIT_INVALID');
    expect(parseCode({ bodies: [] })).toBe('FORMAT_RANGE');
  });

  it('is refused with a point but no key, a key but no point, or half a key', () => {
    expect(parseCode({ point: null })).toBe('UNIT_INVALID');
    expect(parseCode({ q: new Uint8Array(0) })).toBe('UNIT_INVALID');
    expect(parseCode({ q: random.bytes(16), point: null })).toBe('UNIT_INVALID');
    expect(parseCode({ q: random.bytes(31) })).toBe('UNIT_INVALID');
  });

  it('of the most records that a unit can have fits its bound', () => {
    const count = 4096;
    const leaves = Array.from({ length: count }, () => random.bytes(32));
    const bodies = leaves.map((digest) => ({ digest, size: 2 ** 32 + 2 ** 21 }));
    const large = { ...manifest, leaves, bodies, authorBox: random.bytes(528) };
    expect(Manifest.encode(large).length).toBeLessThan(512 * 1024);
  });
});

describe('the label of a unit', () => {
  const fields: LabelFields = {
    suite: 1,
    chart: random.bytes(32),
    epoch: 4,
    q: random.bytes(32),
    unit: random.bytes(16),
    root: random.bytes(32),
    count: 2,
  };

  it('binds each of its fields, in its place', () => {
    const changes: Partial<LabelFields>[] = [
      { suite: 2 },
      { chart: fields.root, root: fields.chart },
      { epoch: 5 },
      { q: new Uint8Array(0) },
      { unit: random.bytes(16) },
      { count: 3 },
    ];
    const labels = [fields, ...changes.map((change) => ({ ...fields, ...change }))].map((each) =>
      toHex(unitLabel(each, realm)),
    );
    expect(new Set(labels).size).toBe(labels.length);
    expect(toHex(unitLabel(fields, { network: random.bytes(32), crypto }))).not.toBe(labels[0]);
  });
});

describe('what is said of a record or a unit', () => {
  it('is refused beyond its bounds', () => {
    const metadata: RecordMetadata = {
      mediaType: 'application/pdf',
      resourceType: '',
      name: 'x'.repeat(256),
      inputDigest: random.bytes(32),
      sizeBytes: 2 ** 32 - 1,
    };
    expect(RecordMetadata.decode(RecordMetadata.encode(metadata))).toEqual(metadata);
    const codeWith = (changes: Partial<RecordMetadata>) =>
      codeOf(() => RecordMetadata.encode({ ...metadata, ...changes }));
    expect(codeWith({ sizeBytes: 2 ** 32 })).toBe('FORMAT_RANGE');
    expect(codeWith({ name: 'é'.repeat(129) })).toBe('FORMAT_RANGE');
    expect(codeWith({ name: '\ud800' })).toBe('TEXT_INVALID');
    expect(codeOf(() => Caption.encode({ kind: 'diary' as 'claim', month: 0 }))).toBe(
      'FORMAT_WORD',
    );
    expect(codeOf(() => Caption.encode({ kind: 'claim', month: -1 }))).toBe('FORMAT_RANGE');
  });

  it('fits the box of a caption, whatever it is', () => {
    for (const kind of CAPTION_KINDS) {
      const bytes = Caption.encode({ kind, month: 120_000 });
      expect(bytes.length).toBeLessThan(CAPTION_BYTES);
    }
  });
});
