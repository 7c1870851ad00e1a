import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCrypto } from '../adapters/node.ts';
import { toHex } from '../bytes.ts';
import { encodeCbor } from '../cbor/cbor.ts';
import { WardError } from '../errors/ward-error.ts';
import { ACCOUNT_ID_BYTES } from '../units.ts';
import { firstSigner } from './first-signer.ts';
import { openTransaction } from './transaction.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['laboratory']]);
const message = { contract: 'slots', name: 'WriteSlots', body: Uint8Array.of(1) };
const envelopeOf = (...members: typeof ledger.members) => {
  const signers = members.map(({ id, service }) => ({ account: id, keyPair: service }));
  return ledger.transaction([message], signers, TEST_TIME + 60).envelope;
};
const [, one, other] = ledger.members;

function codeOf(bytes: Uint8Array): string {
  try {
    firstSigner(bytes);
    return 'found';
  } catch (error) {
    if (error instanceof WardError) return error.code;
    throw error;
  }
}

describe('the first signer of an envelope', () => {
  it('is the one that the whole transaction names first', () => {
    for (const signers of [[one!], [one!, other!], [other!, one!]]) {
      const envelope = envelopeOf(...signers);
      const [first] = openTransaction(envelope).body.signers;
      expect(toHex(firstSigner(envelope))).toBe(toHex(first!.account));
      expect(toHex(firstSigner(Buffer.from(envelope)))).toBe(toHex(first!.account));
    }
  });

  it('is refused with what is no envelope up to there', () => {
    const body = (...fields: Parameters<typeof encodeCbor>[0][]) =>
      encodeCbor([1, encodeCbor([1, new Uint8Array(32), 'chain', ...fields]), []]);
    expect(codeOf(body([[new Uint8Array(ACCOUNT_ID_BYTES), 'author']]))).toBe('found');
    const wrong: [Uint8Array, string][] = [
      [new Uint8Array(0), 'CBOR_TRUNCATED'],
      [encodeCbor('envelope'), 'FORMAT_TYPE'],
      [encodeCbor(['1', new Uint8Array(1)]), 'FORMAT_TYPE'],
      [encodeCbor([2, new Uint8Array(1)]), 'FORMAT_VERSION'],
      [encodeCbor([1, 'body']), 'FORMAT_TYPE'],
      [encodeCbor([1, new Uint8Array(0)]), 'CBOR_TRUNCATED'],
      [encodeCbor([1, encodeCbor([1, 'network', 'chain', []])]), 'FORMAT_TYPE'],
      [encodeCbor([1, encodeCbor([1, new Uint8Array(32), 5, []])]), 'FORMAT_TYPE'],
      [body([]), 'FORMAT_TYPE'],
      [body([[]]), 'FORMAT_TYPE'],
      [body(['author']), 'FORMAT_TYPE'],
      [body([['author']]), 'FORMAT_TYPE'],
      [body([[new Uint8Array(ACCOUNT_ID_BYTES + 1), 'author']]), 'FORMAT_RANGE'],
    ];
    expect(wrong.map(([bytes]) => codeOf(bytes))).toEqual(wrong.map(([, code]) => code));
  });

  it('is found, or refused by a code, in any bytes', () => {
    const envelope = envelopeOf(one!);
    const damaged = fc
      .tuple(fc.nat(envelope.length - 1), fc.nat(255), fc.nat(envelope.length))
      .map(([place, byte, length]) => {
        const bytes = envelope.slice(0, length);
        if (place < length) bytes[place] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        expect(codeOf(bytes)).toMatch(/^(found|(CBOR|FORMAT)_[A-Z_]+)$/);
      }),
      { numRuns: 500 },
    );
  });
});
