import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, readUint32 } from '../bytes.ts';
import { encodeUtf8 } from '../utf8.ts';
import { parseBase64, toBase64 } from './base64.ts';
import { formatNote, isNoteName, NOTE_LIMITS, parseNote } from './signed-note.ts';

const crypto = await loadCrypto();
// The example of Go's package golang.org/x/mod/sumdb/note, whose format C2SP wrote down.
const KEY = 'ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZIn' +
  'NIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes "%s" as RFC 4648 does', (text, wanted) => {
    expect(toBase64(encodeUtf8(text))).toBe(wanted);
    expect(parseBase64(wanted)).toEqual(encodeUtf8(text));
  });

  it('reads what it wrote, and no second text for the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(parseBase64(toBase64(bytes))).toEqual(bytes);
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
    for (const wrong of ['Zg', 'Zh==', 'Zg=', 'Zm9=', 'Z===', '====', 'Zm9v=', 'Z-==', 'Zm 8=']) {
      expect(parseBase64(wrong), wrong).toBeUndefined();
    }
  });
});

describe('a signed note', () => {
  it('is read as others write it, and the signature on it verifies', () => {
    const { text, signatures } = parseNote(`${TEXT}\n${LINE}`);
    const { name, keyId, signature } = signatures[0]!;
    expect([text, name, signatures.length]).toEqual([TEXT, 'PeterNeumann', 1]);
    const key = parseBase64(KEY)!;
    const named = concatBytes(encodeUtf8('PeterNeumann\n'), key);
    expect(keyId).toBe(readUint32(crypto.sha256(named), 0));
    expect(crypto.ed25519.verify(signature, encodeUtf8(TEXT), key.subarray(1))).toBe(true);
  });

  it('is written as others read it', () => {
    const note = `${TEXT}\n${LINE}${LINE.replace('Peter', 'Paula')}`;
    expect(formatNote(parseNote(note))).toBe(note);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no signature', `${TEXT}\n`],
    ['no empty line', `${TEXT}${LINE}`],
    ['no end of the last line', `${TEXT}\n${LINE.trimEnd()}`],
    ['a hyphen for the dash', `${TEXT}\n${LINE.replace('—', '-')}`],
    ['no name', `${TEXT}\n${LINE.replace('PeterNeumann ', '')}`],
    ['a plus in the name', `${TEXT}\n${LINE.replace('rN', 'r+N')}`],
    ['something behind the signature', `${TEXT}\n${LINE.replace('=\n', '= x\n')}`],
    ['a signature that is no base64', `${TEXT}\n${LINE.replace('x08', '*08')}`],
    ['a key id alone', `${TEXT}\n— a AAAAAA==\n`],
    ['a control character', `${TEXT.replace(' ', '\t')}\n${LINE}`],
    ['too many signatures', `${TEXT}\n${'— a AAAAAAA=\n'.repeat(NOTE_LIMITS.signaturesMax + 1)}`],
    ['too many characters', `${'x'.repeat(NOTE_LIMITS.lengthMax)}\n\n${LINE}`],
  ])('is refused with %s', (_, note) => {
    expect(codeOf(() => parseNote(note))).toBe('NOTE_INVALID');
  });

  it('has names that every reader takes', () => {
    expect(['a', 'ward/00/x-1', 'example.org/w'].every(isNoteName)).toBe(true);
    expect(['', 'a b', 'a+b', 'ä', 'a\n', 'x'.repeat(201)].some(isNoteName)).toBe(false);
  });
});
