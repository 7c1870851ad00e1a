import { readFileSync } from 'node:fs';
import { WriteSlots } from '@ward/ledger/schema';
import { parseHex, signTransaction, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { LocalSignatures, type SignedMessage } from '../../signatures/signature-verifier.ts';
import { EnvelopeVerifier } from './envelope-verifier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const VECTORS = new URL('../../../../vectors/protocol/transaction.json', import.meta.url);
const { accepted } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
  readonly accepted: readonly { readonly name: string; envelope: string; id: string }[];
};

/** Verifies as always, and counts. */
class CountingSignatures extends LocalSignatures {
  readonly calls: number[] = [];

  constructor() {
    super(crypto);
  }

  override async verify(signed: readonly SignedMessage[]): Promise<readonly boolean[]> {
    this.calls.push(signed.length);
    return super.verify(signed);
  }
}

function begin() {
  const signatures = new CountingSignatures();
  const verifier = new EnvelopeVerifier(signatures, crypto);
  /** What each envelope is found to be: its id, or the code of a refusal. */
  const found = async (...envelopes: Uint8Array[]) => {
    const verdict = await verifier.verify(envelopes.map((one) => verifier.parse(one)));
    return verdict.map((one) => (one instanceof WardError ? one.code : one.id));
  };
  return { signatures, verifier, found };
}

const message = { slots: [{ address: new Uint8Array(32), value: new Uint8Array(32) }] };
const made = () => ledger.serviceTransaction(ledger.provider, WriteSlots, message, 1_800_000_000);

function forge(envelope: Uint8Array): Uint8Array {
  const forged = envelope.slice();
  forged[forged.length - 1]! ^= 1;
  return forged;
}

/** Two accounts sign, each with its service key. */
function madeByTwo(): Uint8Array {
  const signers = [ledger.provider, ledger.registrar];
  const body = {
    network: ledger.realm.network,
    chain: ledger.genesis.chain,
    signers: signers.map(({ id }) => ({ account: id, role: 'author' })),
    validUntil: 1,
    salt: new Uint8Array(16),
    messages: [{ contract: 'slots', name: 'WriteSlots', body: Uint8Array.of(1) }],
  };
  const sign = signers.map(({ service: { publicKey, secretKey } }) => (bytes: Uint8Array) => ({
    publicKey,
    signature: crypto.ed25519.sign(bytes, secretKey),
  }));
  return signTransaction(body, sign, crypto).envelope;
}

describe('the verifier of envelopes', () => {
  it('verifies an envelope once, however often it comes', async () => {
    const { signatures, verifier } = begin();
    const { envelope, id, digest } = made();
    for (let i = 0; i < 3; i++) {
      const verdict = await verifier.verify([verifier.parse(envelope)]);
      expect(verdict).toEqual([{ envelope, id, digest, passkeys: [undefined] }]);
    }
    expect(signatures.calls).toEqual([1, 0, 0]);
  });

  it('verifies another signature under the same body by itself', async () => {
    const { signatures, found } = begin();
    const { envelope, id } = made();
    expect(await found(envelope)).toEqual([id]);
    const forged = forge(envelope);
    expect(await found(forged)).toEqual(['TRANSACTION_SIGNATURE']);
    expect(await found(forged)).toEqual(['TRANSACTION_SIGNATURE']);
    expect(signatures.calls).toEqual([1, 1, 1]);
  });

  it('has all that come together verified in one call, and gives each its own', async () => {
    const { signatures, found } = begin();
    const [first, second, third] = [made(), made(), made()];
    const known = made();
    await found(known.envelope);
    const all = [first.envelope, forge(second.envelope), known.envelope, third.envelope];
    expect(await found(...all)).toEqual([first.id, 'TRANSACTION_SIGNATURE', known.id, third.id]);
    expect(signatures.calls).toEqual([1, 3]);
  });

  it('wants every signature of a transaction to fit', async () => {
    const { signatures, verifier, found } = begin();
    const both = madeByTwo();
    const [plain] = [made()];
    const { signedBytes } = verifier.parse(both).transaction;
    expect(signedBytes.length).toBeGreaterThan(0);
    const verdict = await found(forge(both), plain!.envelope);
    expect(verdict).toEqual(['TRANSACTION_SIGNATURE', plain!.id]);
    expect(signatures.calls).toEqual([3]);
  });

  it('verifies passkeys where it is, and those that signed with Ed25519 beside them', async () => {
    const { signatures, found } = begin();
    const { envelope, id } = accepted.find(({ name }) => name === 'a passkey')!;
    const plain = made();
    const bytes = parseHex(envelope);
    const own = await found(plain.envelope, bytes, forge(plain.envelope));
    expect(own).toEqual([plain.id, parseHex(id), 'TRANSACTION_SIGNATURE']);
    expect(await found(bytes)).toEqual([parseHex(id)]);
    expect(signatures.calls).toEqual([2, 0]);
  });

  it('has null for what is no transaction where it takes envelopes as they come', async () => {
    const { verifier } = begin();
    const one = made();
    const forged = forge(made().envelope);
    const verdict = await verifier.verifyAll([Uint8Array.of(9), one.envelope, forged]);
    expect(verdict.map((found) => found?.id)).toEqual([undefined, one.id, undefined]);
    expect(codeOf(() => verifier.parse(Uint8Array.of(9)))).toBe('FORMAT_TYPE');
  });
});
