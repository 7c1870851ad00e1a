import { concatBytes, readUint32 } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { parseBase64, toBase64 } from './base64.ts';

/** One line below a signed note: who signed, with which key, and what that key made. */
export interface NoteSignature {
  readonly name: string;
  /** First four bytes of the hash of name and key. */
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A text with signatures (C2SP `signed-note`). */
export interface SignedNote {
  /** With its last line's end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export const NOTE_LIMITS = {
  /** Characters of a whole note. */
  lengthMax: 16 * 1024,
  signaturesMax: 100,
  nameLengthMax: 200,
} as const;

const KEY_ID_BYTES = 4;
const MARK = '\u2014 ';
/** Printable ASCII without space and plus; the standard allows more, and nobody needs it. */
const NAME = /^[!-*,-~]+$/;
const LINE = /^[ -~]+$/;

/** Whether witnesses and origins may be called so. */
export function isNoteName(name: string): boolean {
  return name.length <= NOTE_LIMITS.nameLengthMax && NAME.test(name);
}

export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(
    ({ name, keyId, signature }) =>
      `${MARK}${name} ${toBase64(concatBytes(keyIdBytes(keyId), signature))}\n`,
  );
  return `${text}\n${lines.join('')}`;
}

/**
 * Reads a signed note; its signatures are not verified.
 *
 * @throws WardError `NOTE_INVALID`.
 */
export function parseNote(note: string): SignedNote {
  const wrong = refuse('NOTE_INVALID', { length: note.length });
  if (note.length > NOTE_LIMITS.lengthMax || !note.endsWith('\n')) throw wrong;
  const split = note.lastIndexOf('\n\n');
  if (split < 0) throw wrong;
  const text = note.slice(0, split + 1);
  const below = note.slice(split + 2, -1).split('\n');
  if (below.length > NOTE_LIMITS.signaturesMax) throw wrong;
  const areLines = text
    .slice(0, -1)
    .split('\n')
    .every((line) => LINE.test(line));
  const signatures = below.map(parseSignature);
  if (!areLines || !signatures.every((one) => one !== undefined)) throw wrong;
  return { text, signatures };
}

function parseSignature(line: string): NoteSignature | undefined {
  const [mark, name = '', encoded = '', ...rest] = line.split(' ');
  if (`${mark} ` !== MARK || rest.length > 0 || !isNoteName(name)) return undefined;
  const bytes = parseBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, keyId: readUint32(bytes, 0), signature: bytes.slice(KEY_ID_BYTES) };
}

function keyIdBytes(keyId: number): Uint8Array {
  return Uint8Array.of(keyId >>> 24, keyId >>> 16, keyId >>> 8, keyId);
}
