import { hash } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordLeaf, recordLeaf } from './record-leaf.ts';

const crypto = await loadCrypto();
const realm = { network: crypto.sha256(new Uint8Array(0)), crypto };

function leafOf(
  { salt, metadata, sizeBytes }: { salt: Uint8Array; metadata: Uint8Array; sizeBytes: number },
  pieces: readonly Uint8Array[],
): Uint8Array {
  const leaf = new RecordLeaf({ salt, metadata, sizeBytes }, realm);
  for (const piece of pieces) leaf.update(piece);
  return leaf.digest();
}

const someBytes = (maxLength: number) => fc.uint8Array({ maxLength });

describe('the leaf of a record', () => {
  it('is H(record, salt, metadata, bytes), in whatever pieces the bytes come', () => {
    const salts = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const records = fc.array(someBytes(400), { maxLength: 6 });
    fc.assert(
      fc.property(salts, someBytes(300), records, (salt, metadata, pieces) => {
        const bytes = new Uint8Array(pieces.flatMap((piece) => [...piece]));
        const head = { salt, metadata, sizeBytes: bytes.length };
        const expected = hash('record', [salt, metadata, bytes], realm);
        expect(leafOf(head, pieces)).toEqual(expected);
        expect(recordLeaf({ salt, metadata, bytes }, realm)).toEqual(expected);
      }),
    );
  });

  it('takes every length at which its encoding grows', () => {
    const salt = new Uint8Array(32);
    const metadata = new Uint8Array(10);
    for (const sizeBytes of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      const bytes = new Uint8Array(sizeBytes).fill(3);
      const found = leafOf({ salt, metadata, sizeBytes }, [bytes]);
      expect(found).toEqual(hash('record', [salt, metadata, bytes], realm));
      expect(recordLeaf({ salt, metadata, bytes }, realm)).toEqual(found);
    }
  });

  it('is another when a byte moves from the metadata into the record', () => {
    const salt = new Uint8Array(32);
    const [long, short] = [new Uint8Array(11), new Uint8Array(10)];
    const one = leafOf({ salt, metadata: long, sizeBytes: 10 }, [short]);
    const other = leafOf({ salt, metadata: short, sizeBytes: 11 }, [long]);
    expect(one).not.toEqual(other);
  });
});
