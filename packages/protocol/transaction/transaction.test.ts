import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { tagged } from '../realm.ts';
import { TransactionBody, TransactionEnvelope } from './body.ts';
import { TRANSACTION_LIMITS } from './limits.ts';
import {
  ed25519Signer,
  openTransaction,
  parseTransaction,
  type SignBody,
  signTransaction,
  transactionId,
  verifySignatures,
} from './transaction.ts';

const crypto = await loadCrypto();
const random = seededRandom(1);
const keys = [1, 2, 3].map((seed) => crypto.ed25519.keyPair(new Uint8Array(32).fill(seed)));
const signers = keys.map((key) => ed25519Signer(key, crypto));

function bodyOf(change: Partial<TransactionBody> = {}): TransactionBody {
  return {
    network: new Uint8Array(32).fill(1),
    chain: 'ward-test',
    signers: [{ account: new Uint8Array(16).fill(2), role: 'author' }],
    validUntil: 1_700_000_100,
    salt: random.bytes(16),
    messages: [{ contract: 'slots', name: 'WriteSlots', body: Uint8Array.of(0x80) }],
    ...change,
  };
}

const twoSigners = [1, 2].map((n) => ({ account: new Uint8Array(16).fill(n), role: 'author' }));

describe('a signed transaction', () => {
  it('comes back as it was signed, under the id of its body', () => {
    const body = bodyOf();
    const { id, envelope } = signTransaction(body, signers.slice(0, 1), crypto);
    const parsed = parseTransaction(envelope, crypto);
    expect(parsed.body).toEqual(body);
    expect(parsed.bodyBytes).toEqual(TransactionBody.encode(body));
    expect(parsed.id).toEqual(id);
    expect(id).toEqual(crypto.sha256(tagged('transaction', parsed.bodyBytes)));
    expect(parsed.digest).toEqual(crypto.sha256(envelope));
    expect(parsed.sizeBytes).toBe(envelope.length);
    expect(verifySignatures(parsed, crypto)).toEqual([undefined]);
  });

  it('has one id, however often it is signed', () => {
    const body = bodyOf();
    const [mine, other] = [signers[0]!, signers[1]!].map((signer) =>
      signTransaction(body, [signer], crypto),
    );
    expect(mine!.id).toEqual(other!.id);
    expect(mine!.envelope).not.toEqual(other!.envelope);
    expect(transactionId(TransactionBody.encode(body), crypto)).toEqual(mine!.id);
  });

  it('differs from its twin by the salt', () => {
    const [a, b] = [bodyOf(), bodyOf()].map((body) => signTransaction(body, [signers[0]!], crypto));
    expect(a!.id).not.toEqual(b!.id);
  });

  it('of two parties needs both, once each, in the order of the body', () => {
    const body = bodyOf({ signers: twoSigners });
    const { envelope } = signTransaction(body, signers.slice(0, 2), crypto);
    expect(verifySignatures(parseTransaction(envelope, crypto), crypto)).toHaveLength(2);
    for (const count of [0, 1, 3]) {
      const few = signers.slice(0, count);
      expect(codeOf(() => signTransaction(body, few, crypto))).toBe('TRANSACTION_SIGNERS');
    }
  });
});

/** The envelope of a body with signatures that are not necessarily good. */
function envelopeOf(body: TransactionBody, signatures: TransactionEnvelope['signatures']) {
  return TransactionEnvelope.encode({ body: TransactionBody.encode(body), signatures });
}

function signaturesFor(body: TransactionBody, by: readonly SignBody[]) {
  const bytes = TransactionBody.encode(body);
  return by.map((sign) => sign(bytes));
}

describe('parsing', () => {
  it('refuses a signer stripped or added', () => {
    const body = bodyOf({ signers: twoSigners });
    const both = signaturesFor(body, signers.slice(0, 2));
    const stripped = envelopeOf(body, both.slice(0, 1));
    expect(codeOf(() => parseTransaction(stripped, crypto))).toBe('TRANSACTION_SIGNERS');
    const added = envelopeOf(body, signaturesFor(body, signers));
    expect(codeOf(() => parseTransaction(added, crypto))).toBe('TRANSACTION_SIGNERS');
  });

  it('refuses one account twice in one role, wherever it stands, and with whatever keys', () => {
    const [one, two] = twoSigners;
    const lists = [
      [one!, one!],
      [one!, two!, one!],
      [two!, { ...one!, role: 'registrar' }, two!],
    ];
    for (const list of lists) {
      const body = bodyOf({ signers: list });
      const by = signers.slice(0, list.length);
      const signer = list.length - 1;
      const error = { code: 'TRANSACTION_SIGNER_TWICE', data: { signer } };
      const envelope = envelopeOf(body, signaturesFor(body, by));
      expect(() => parseTransaction(envelope, crypto)).toThrow(expect.objectContaining(error));
      expect(() => openTransaction(envelope)).toThrow(expect.objectContaining(error));
      expect(() => signTransaction(body, by, crypto)).toThrow(expect.objectContaining(error));
    }
  });

  it('takes one account in several roles, and one role of several accounts', () => {
    const [one, two] = twoSigners;
    const list = [one!, { ...one!, role: 'registrar' }, two!];
    const { envelope } = signTransaction(bodyOf({ signers: list }), signers, crypto);
    expect(openTransaction(envelope).body.signers).toEqual(list);
  });

  it('opens what it parses, without a digest', () => {
    const { envelope } = signTransaction(bodyOf(), signers.slice(0, 1), crypto);
    const { body, bodyBytes, signatures } = parseTransaction(envelope, crypto);
    expect(openTransaction(envelope)).toEqual({ body, bodyBytes, signatures });
  });

  it('refuses what is larger than the limit before it looks inside', () => {
    const large = new Uint8Array(TRANSACTION_LIMITS.envelopeBytesMax + 1);
    expect(codeOf(() => parseTransaction(large, crypto))).toBe('TRANSACTION_TOO_LARGE');
    const messages = [1, 2].map(() => ({
      contract: 'slots',
      name: 'WriteSlots',
      body: new Uint8Array(TRANSACTION_LIMITS.messageBytesMax),
    }));
    const body = bodyOf({ messages });
    expect(codeOf(() => signTransaction(body, [signers[0]!], crypto))).toBe(
      'TRANSACTION_TOO_LARGE',
    );
  });

  it.each<[string, Partial<TransactionBody>]>([
    ['no signer', { signers: [] }],
    ['more signers than the limit', { signers: new Array(9).fill(twoSigners[0]) }],
    ['no message', { messages: [] }],
    ['more messages than the limit', { messages: new Array(129).fill(bodyOf().messages[0]) }],
    ['a short network id', { network: new Uint8Array(31) }],
    ['a short salt', { salt: new Uint8Array(15) }],
    ['a negative time', { validUntil: -1 }],
    ['an empty message', { messages: [{ ...bodyOf().messages[0]!, body: new Uint8Array(0) }] }],
  ])('refuses a body with %s', (_, change) => {
    expect(codeOf(() => TransactionBody.encode(bodyOf(change)))).toBe('FORMAT_RANGE');
  });

  it('refuses a body that is no canonical CBOR, though it is signed', () => {
    const bytes = new Uint8Array([...TransactionBody.encode(bodyOf()), 0]);
    const signatures = [signers[0]!(bytes)];
    const envelope = TransactionEnvelope.encode({ body: bytes, signatures });
    expect(codeOf(() => parseTransaction(envelope, crypto))).toBe('CBOR_TRAILING');
  });
});

describe('verifying signatures', () => {
  const body = bodyOf({ signers: twoSigners });
  const verdict = (signatures: TransactionEnvelope['signatures'], of = body) =>
    codeOf(() => verifySignatures(parseTransaction(envelopeOf(of, signatures), crypto), crypto));

  it('refuses a signature of another body, network or tag', () => {
    const other = bodyOf({ signers: twoSigners });
    expect(verdict(signaturesFor(body, signers.slice(0, 2)))).toBeUndefined();
    expect(verdict(signaturesFor(other, signers.slice(0, 2)))).toBe('TRANSACTION_SIGNATURE');
    const untagged = keys.slice(0, 2).map((key) => ({
      publicKey: key.publicKey,
      signature: crypto.ed25519.sign(TransactionBody.encode(body), key.secretKey),
    }));
    expect(verdict(untagged)).toBe('TRANSACTION_SIGNATURE');
  });

  it('refuses two signatures that changed places of keys', () => {
    const [a, b] = signaturesFor(body, signers.slice(0, 2));
    const swapped = [
      { publicKey: a!.publicKey, signature: b!.signature },
      { publicKey: b!.publicKey, signature: a!.signature },
    ];
    expect(verdict(swapped)).toBe('TRANSACTION_SIGNATURE');
  });

  it('names the signer whose signature fails', () => {
    const [good, bad] = signaturesFor(body, signers.slice(0, 2));
    bad!.signature[0]! ^= 1;
    const parsed = parseTransaction(envelopeOf(body, [good!, bad!]), crypto);
    expect(() => verifySignatures(parsed, crypto)).toThrow(
      expect.objectContaining({ code: 'TRANSACTION_SIGNATURE', data: { signer: 1 } }),
    );
  });

  it('refuses keys and signatures of other lengths', () => {
    const [good, other] = signaturesFor(body, signers.slice(0, 2));
    const odd = { publicKey: new Uint8Array(33), signature: other!.signature };
    expect(verdict([good!, odd])).toBe('TRANSACTION_SIGNATURE');
    const long = { publicKey: other!.publicKey, signature: new Uint8Array(65) };
    expect(verdict([good!, long])).toBe('TRANSACTION_SIGNATURE');
  });

  it('takes the signature of a passkey only in the form of an assertion', () => {
    const raw = { publicKey: new Uint8Array(65), signature: new Uint8Array(64) };
    expect(verdict([raw, raw])).toBe('FORMAT_TYPE');
  });
});
