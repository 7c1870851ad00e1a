import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { parseBase64, toBase64 } from './base64.ts';
import {
  type Checkpoint,
  checkpointOrigin,
  formatCheckpoint,
  parseCheckpoint,
} from './checkpoint.ts';
import { cosign, verifyCosignatures, witnessKeyId } from './cosignature.ts';
import { formatNote, parseNote } from './signed-note.ts';

const crypto = await loadCrypto();
const TIME = 1_800_000_000;
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(1));
const other = crypto.ed25519.keyPair(new Uint8Array(32).fill(2));
const witness = { name: 'witness.example/a', publicKey: keyPair.publicKey };
const checkpoint: Checkpoint = {
  origin: checkpointOrigin(new Uint8Array(32).fill(0x11), 'example-1'),
  height: 20_852_163,
  hash: new Uint8Array(32).fill(3),
};
const note = cosign({ checkpoint, time: TIME }, { name: witness.name, keyPair }, crypto);

describe('a checkpoint', () => {
  it('is three lines: which ledger, which height, which header', () => {
    const text = formatCheckpoint(checkpoint);
    expect(text).toBe(
      `ward/${'11'.repeat(32)}/example-1\n20852163\n${toBase64(checkpoint.hash)}\n`,
    );
    expect(parseCheckpoint(text)).toEqual(checkpoint);
  });

  it('is refused in any other form', () => {
    const text = formatCheckpoint(checkpoint);
    const wrong = [
      text.slice(0, -1),
      `${text}extension\n`,
      `${text}\n`,
      text.replace('20852163', '020852163'),
      text.replace('20852163', '0'),
      text.replace('20852163', '-1'),
      text.replace('20852163', '9007199254740993'),
      text.replace('ward/', 'ward /'),
      text.replace('=\n', '\n'),
      '',
    ];
    for (const one of wrong)
      expect(
        codeOf(() => parseCheckpoint(one)),
        one,
      ).toBe('NOTE_INVALID');
  });

  it('has no origin for a chain whose name no note holds', () => {
    const network = new Uint8Array(32);
    expect(codeOf(() => checkpointOrigin(network, 'two words'))).toBe('NOTE_INVALID');
    expect(codeOf(() => checkpointOrigin(network, 'a\nb'))).toBe('NOTE_INVALID');
  });
});

describe('a cosignature', () => {
  it('says who saw the head, and when', () => {
    expect(verifyCosignatures(note, [witness], crypto)).toEqual([
      { checkpoint, witness: witness.name, time: TIME },
    ]);
  });

  it('signs what the C2SP specification says: header, time, and the text of the note', () => {
    const { signature } = parseNote(note).signatures[0]!;
    expect(signature).toHaveLength(72);
    const view = new DataView(signature.buffer, signature.byteOffset);
    expect(view.getBigUint64(0)).toBe(BigInt(TIME));
    const message = `cosignature/v1\ntime ${TIME}\n${formatCheckpoint(checkpoint)}`;
    const bytes = new Uint8Array(Buffer.from(message));
    expect(crypto.ed25519.verify(signature.subarray(8), bytes, keyPair.publicKey)).toBe(true);
  });

  it('counts for nobody but the witness by its name and key', () => {
    const named = { ...witness, name: 'witness.example/b' };
    expect(verifyCosignatures(note, [named], crypto)).toEqual([]);
    const keyed = { ...witness, publicKey: other.publicKey };
    expect(verifyCosignatures(note, [keyed], crypto)).toEqual([]);
    expect(verifyCosignatures(note, [], crypto)).toEqual([]);
    expect(witnessKeyId(witness, crypto)).not.toBe(witnessKeyId(keyed, crypto));
  });

  it('counts for no other head, no other time, and not when it was altered', () => {
    const altered = [
      note.replace('20852163', '20852164'),
      note.replace('example-1', 'example-2'),
      note.replace(toBase64(checkpoint.hash), toBase64(new Uint8Array(32))),
    ];
    const parsed = parseNote(note);
    const line = parsed.signatures[0]!;
    for (const at of [7, 8, 71]) {
      const signature = Uint8Array.from(line.signature);
      signature[at]! ^= 1;
      altered.push(formatNote({ ...parsed, signatures: [{ ...line, signature }] }));
    }
    const short = { ...line, signature: line.signature.subarray(8) };
    altered.push(formatNote({ ...parsed, signatures: [short] }));
    for (const one of altered) expect(verifyCosignatures(one, [witness], crypto)).toEqual([]);
  });

  it('counts once for a witness, with its newest time, whatever else stands there', () => {
    const key = { name: witness.name, keyPair };
    const later = parseNote(cosign({ checkpoint, time: TIME + 9 }, key, crypto));
    const parsed = parseNote(note);
    const stranger = { name: 'stranger', keyId: 5, signature: new Uint8Array(72) };
    const signatures = [...parsed.signatures, stranger, ...later.signatures, ...parsed.signatures];
    const found = verifyCosignatures(
      formatNote({ ...parsed, signatures }),
      [witness, witness, { ...witness, name: 'the same key again' }],
      crypto,
    );
    expect(found).toEqual([{ checkpoint, witness: witness.name, time: TIME + 9 }]);
  });

  it('has a key whose text others can read', () => {
    expect(parseBase64(toBase64(keyPair.publicKey))).toEqual(keyPair.publicKey);
    expect(witnessKeyId(witness, crypto).toString(16)).toMatch(/^[0-9a-f]{1,8}$/);
  });
});
