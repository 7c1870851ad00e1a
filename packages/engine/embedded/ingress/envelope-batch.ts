// Envelopes on their way to the thread that verifies them, in one buffer that changes hands without
// a copy: how many, the length of each (4 bytes, little-endian), then their bytes.
const NUMBER_BYTES = 4;

/** Puts envelopes into a buffer to transfer. */
export function packEnvelopes(envelopes: readonly Uint8Array[]): ArrayBuffer {
  const headBytes = (1 + envelopes.length) * NUMBER_BYTES;
  const size = envelopes.reduce((sum, { length }) => sum + length, headBytes);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, envelopes.length, true);
  let at = headBytes;
  for (const [index, envelope] of envelopes.entries()) {
    view.setUint32((1 + index) * NUMBER_BYTES, envelope.length, true);
    bytes.set(envelope, at);
    at += envelope.length;
  }
  return bytes.buffer;
}

/** What {@link packEnvelopes} was given, as views of the buffer. */
export function unpackEnvelopes(buffer: ArrayBuffer): Uint8Array[] {
  const view = new DataView(buffer);
  const count = view.getUint32(0, true);
  let at = (1 + count) * NUMBER_BYTES;
  return Array.from({ length: count }, (_, index) => {
    const length = view.getUint32((1 + index) * NUMBER_BYTES, true);
    at += length;
    return new Uint8Array(buffer, at - length, length);
  });
}
