import { concatBytes, equalBytes, readUint32, uint32Bytes } from '../bytes.ts';
import type { Crypto, Ed25519KeyPair } from '../crypto.ts';
import type { Seconds } from '../units.ts';
import { encodeUtf8 } from '../utf8.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import {
  formatNote,
  isNoteName,
  type NoteSignature,
  parseNote,
  type SignedNote,
} from './signed-note.ts';

/** A party that says which heads it has seen. */
export interface WitnessKey {
  /** As in its lines, and unique in a policy. */
  readonly name: string;
  /** Ed25519. */
  readonly publicKey: Uint8Array;
}

/** A head with what one witness said about it. */
export interface Cosigned {
  readonly checkpoint: Checkpoint;
  readonly witness: string;
  /** When the witness says that it saw the head as the newest. */
  readonly time: Seconds;
}

/** What a key of this kind of signature is called in C2SP: Ed25519 with a time. */
export const COSIGNATURE_ALGORITHM = 0x04;
const LINE_END = 0x0a;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
const UINT32 = 2 ** 32;

/** Four bytes that tell keys apart: SHA-256(name ‖ 0a ‖ 04 ‖ key), its first four. */
export function witnessKeyId({ name, publicKey }: WitnessKey, crypto: Crypto): number {
  const named = concatBytes(
    encodeUtf8(name),
    Uint8Array.of(LINE_END, COSIGNATURE_ALGORITHM),
    publicKey,
  );
  return readUint32(crypto.sha256(named), 0);
}

/** What is signed: the time, then the note's text (C2SP `tlog-cosignature`, `cosignature/v1`). */
function cosignedBytes(text: string, time: Seconds): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${time}\n${text}`);
}

/** The note of a head with the cosignature of one witness. */
export function cosign(
  { checkpoint, time }: { checkpoint: Checkpoint; time: Seconds },
  { name, keyPair }: { name: string; keyPair: Ed25519KeyPair },
  crypto: Crypto,
): string {
  if (!isNoteName(name)) throw new Error('a witness has a name of printable characters');
  const text = formatCheckpoint(checkpoint);
  const signature = crypto.ed25519.sign(cosignedBytes(text, time), keyPair.secretKey);
  const stamp = concatBytes(uint32Bytes(Math.floor(time / UINT32)), uint32Bytes(time % UINT32));
  const keyId = witnessKeyId({ name, publicKey: keyPair.publicKey }, crypto);
  return formatNote({
    text,
    signatures: [{ name, keyId, signature: concatBytes(stamp, signature) }],
  });
}

/**
 * Cosignatures of a note by the witnesses that a client knows, each witness once: its newest.
 * Lines of others are passed over, as the standard wants it; so are lines that do not verify.
 *
 * @throws WardError `NOTE_INVALID`.
 */
export function verifyCosignatures(
  note: string,
  witnesses: readonly WitnessKey[],
  crypto: Crypto,
): Cosigned[] {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  return distinctWitnesses(witnesses).flatMap((witness) => {
    const times = parsed.signatures.flatMap((line) => timeOf(line, parsed, witness, crypto));
    if (times.length === 0) return [];
    return [{ checkpoint, witness: witness.name, time: Math.max(...times) }];
  });
}

/** A key that a list names twice is one witness all the same. */
function distinctWitnesses(witnesses: readonly WitnessKey[]): WitnessKey[] {
  return witnesses.filter(
    ({ publicKey }, index) =>
      witnesses.findIndex((other) => equalBytes(other.publicKey, publicKey)) === index,
  );
}

/** The time of a line, if it is the witness's and verifies. */
function timeOf(
  { name, keyId, signature }: NoteSignature,
  { text }: SignedNote,
  witness: WitnessKey,
  crypto: Crypto,
): Seconds[] {
  if (name !== witness.name || keyId !== witnessKeyId(witness, crypto)) return [];
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return [];
  const time = readUint32(signature, 0) * UINT32 + readUint32(signature, 4);
  if (!Number.isSafeInteger(time)) return [];
  const bytes = signature.subarray(TIME_BYTES);
  return crypto.ed25519.verify(bytes, cosignedBytes(text, time), witness.publicKey) ? [time] : [];
}
