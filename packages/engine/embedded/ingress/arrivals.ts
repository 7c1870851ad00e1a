import type { VerifiedTransaction } from '@ward/ledger';
import { DIGEST_BYTES, defineFormat, field, TRANSACTION_LIMITS } from '@ward/protocol';

// Transactions on their way from the thread that verified them to the engine's, in one buffer that
// changes hands without a copy: how many, then a row for each, then the bytes. A row has token,
// offset and length of the envelope, length of the passkeys behind it (4 bytes each, little-endian)
// and id and digest. A format of CBOR here would cost the engine's thread a twentieth of its time.
const HEAD_BYTES = 4;
const ID_AT = 16;
const DIGEST_AT = ID_AT + DIGEST_BYTES;
const ROW_BYTES = DIGEST_AT + DIGEST_BYTES;

/** Transactions of one buffer. */
export const ARRIVALS_MAX = 512;
/** Bytes after which a buffer is handed over, however few transactions it has. */
const PAYLOAD_BYTES_ENOUGH = 1024 * 1024;

/** Where each signer's passkey was used; null for Ed25519. */
const PasskeyOrigins = defineFormat('passkey-origins', 1, {
  signers: field.list(
    field.nullable(field.struct({ rpIdHash: field.bytes(32), origin: field.text(640) })),
    { max: TRANSACTION_LIMITS.signersMax },
  ),
});

/** One signer without a passkey: what nearly all transactions have stands as nothing. */
const ONE_PLAIN_SIGNER: VerifiedTransaction['passkeys'] = [undefined];
const NOTHING = new Uint8Array(0);

function encodePasskeys(passkeys: VerifiedTransaction['passkeys']): Uint8Array {
  if (passkeys.length === 1 && passkeys[0] === undefined) return NOTHING;
  return PasskeyOrigins.encode({ signers: passkeys.map((origin) => origin ?? null) });
}

function decodePasskeys(bytes: Uint8Array): VerifiedTransaction['passkeys'] {
  if (bytes.length === 0) return ONE_PLAIN_SIGNER;
  return PasskeyOrigins.decode(bytes).signers.map((origin) => origin ?? undefined);
}

/** Packs verified transactions, each under a number of the one who packs them. */
export class ArrivalsWriter {
  readonly #max: number;
  readonly #rows: Uint8Array;
  readonly #view: DataView;
  #payload: Uint8Array[] = [];
  #payloadBytes = 0;
  #count = 0;

  /** @param max Transactions of one buffer. */
  constructor(max = ARRIVALS_MAX) {
    this.#max = max;
    this.#rows = new Uint8Array(max * ROW_BYTES);
    this.#view = new DataView(this.#rows.buffer);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#max || this.#payloadBytes >= PAYLOAD_BYTES_ENOUGH;
  }

  add(token: number, { envelope, id, digest, passkeys }: VerifiedTransaction): void {
    const at = this.#count++ * ROW_BYTES;
    const origins = encodePasskeys(passkeys);
    this.#view.setUint32(at, token, true);
    this.#view.setUint32(at + 4, this.#payloadBytes, true);
    this.#view.setUint32(at + 8, envelope.length, true);
    this.#view.setUint32(at + 12, origins.length, true);
    this.#rows.set(id, at + ID_AT);
    this.#rows.set(digest, at + DIGEST_AT);
    this.#payload.push(envelope, origins);
    this.#payloadBytes += envelope.length + origins.length;
  }

  /** Everything that was added, as a buffer to transfer; the writer is empty again. */
  take(): ArrayBuffer {
    const rowsBytes = this.#count * ROW_BYTES;
    const bytes = new Uint8Array(HEAD_BYTES + rowsBytes + this.#payloadBytes);
    new DataView(bytes.buffer).setUint32(0, this.#count, true);
    bytes.set(this.#rows.subarray(0, rowsBytes), HEAD_BYTES);
    let at = HEAD_BYTES + rowsBytes;
    for (const part of this.#payload) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#count = 0;
    this.#payload = [];
    this.#payloadBytes = 0;
    return bytes.buffer;
  }
}

export interface Arrival {
  readonly token: number;
  readonly transaction: VerifiedTransaction;
}

/** What a buffer of {@link ArrivalsWriter.take} holds, as views of it. */
export function readArrivals(buffer: ArrayBuffer): Arrival[] {
  const view = new DataView(buffer);
  const count = view.getUint32(0, true);
  const payloadAt = HEAD_BYTES + count * ROW_BYTES;
  const arrivals: Arrival[] = [];
  for (let i = 0; i < count; i++) {
    const at = HEAD_BYTES + i * ROW_BYTES;
    const envelopeAt = payloadAt + view.getUint32(at + 4, true);
    const length = view.getUint32(at + 8, true);
    const envelope = new Uint8Array(buffer, envelopeAt, length);
    const passkeysLength = view.getUint32(at + 12, true);
    const transaction = {
      envelope,
      id: new Uint8Array(buffer, at + ID_AT, DIGEST_BYTES),
      digest: new Uint8Array(buffer, at + DIGEST_AT, DIGEST_BYTES),
      passkeys: decodePasskeys(new Uint8Array(buffer, envelopeAt + length, passkeysLength)),
    };
    arrivals.push({ token: view.getUint32(at, true), transaction });
  }
  return arrivals;
}
