import { p256 } from '@noble/curves/nist.js';
import {
  type Crypto,
  concatBytes,
  ed25519Signer,
  encodeUtf8,
  parseHex,
  parseTransaction,
  type SignBody,
  signTransaction,
  TransactionBody,
  TransactionEnvelope,
  type TransactionSignature,
  toBase64url,
  toHex,
  transactionId,
  verifySignatures,
  WardError,
  WebAuthnAssertion,
} from '@ward/protocol';
import { NETWORK } from './codec-vectors.ts';
import type { VectorFile, VectorJson } from './vector-file.ts';

const ORIGIN = 'https://ward.example';
const PASSKEY_SECRET = parseHex('33'.repeat(32));
/** User present and verified. */
const FLAGS = 0x05;

function bodyOf(change: Partial<TransactionBody>): TransactionBody {
  return {
    network: NETWORK,
    chain: 'ward-vectors-1',
    signers: [{ account: new Uint8Array(16).fill(0x44), role: 'author' }],
    validUntil: 1_800_000_000,
    salt: new Uint8Array(16).fill(0x55),
    messages: [{ contract: 'slots', name: 'WriteSlots', body: parseHex('820180') }],
    ...change,
  };
}

/** The passkey's answer to a body, with a nonce that RFC 6979 derives. */
function passkeySigner(crypto: Crypto): SignBody {
  return (bodyBytes) => {
    const challenge = toBase64url(transactionId(bodyBytes, crypto));
    const client = encodeUtf8(
      `{"type":"webauthn.get","challenge":"${challenge}","origin":"${ORIGIN}","crossOrigin":false}`,
    );
    const rpIdHash = crypto.sha256(encodeUtf8('ward.example'));
    const authenticator = concatBytes(rpIdHash, Uint8Array.of(FLAGS, 0, 0, 0, 1));
    const message = concatBytes(authenticator, crypto.sha256(client));
    const signature = p256.sign(message, PASSKEY_SECRET, { lowS: true });
    return {
      publicKey: p256.getPublicKey(PASSKEY_SECRET, false),
      signature: WebAuthnAssertion.encode({ authenticator, client, signature }),
    };
  };
}

function accepted(name: string, body: TransactionBody, signers: SignBody[], crypto: Crypto) {
  const { id, envelope } = signTransaction(body, signers, crypto);
  const { bodyBytes, digest } = parseTransaction(envelope, crypto);
  return {
    name,
    body: TransactionBody.toJson(body) as VectorJson,
    bodyBytes: toHex(bodyBytes),
    id: toHex(id),
    envelope: toHex(envelope),
    digest: toHex(digest),
  };
}

function codeOf(envelope: Uint8Array, crypto: Crypto): string {
  try {
    verifySignatures(parseTransaction(envelope, crypto), crypto);
  } catch (error) {
    if (error instanceof WardError) return error.code;
    throw error;
  }
  throw new Error('a transaction that was to be refused is accepted');
}

/** The key of one signer with the signature of the other. */
function exchanged(key: TransactionSignature, other: TransactionSignature): TransactionSignature {
  return { publicKey: key.publicKey, signature: other.signature };
}

/** Envelopes made of a good one by changing one thing. */
function refusedEnvelopes(good: Uint8Array, passkey: Uint8Array): [string, Uint8Array][] {
  const { body, signatures } = TransactionEnvelope.decode(good);
  const [first, second] = signatures;
  const decoded = TransactionBody.decode(body);
  const salted = TransactionBody.encode({ ...decoded, salt: new Uint8Array(16) });
  const assertion = TransactionEnvelope.decode(passkey);
  const passkeyBody = TransactionBody.decode(assertion.body);
  const author = decoded.signers[0]!;
  const twice = TransactionBody.encode({ ...decoded, signers: [author, author] });
  const otherId = TransactionBody.encode({ ...passkeyBody, validUntil: 1 });
  const envelope = (value: TransactionEnvelope) => TransactionEnvelope.encode(value);
  return [
    ['a signature stripped', envelope({ body, signatures: [first!] })],
    ['a signature added', envelope({ body, signatures: [first!, second!, first!] })],
    ['one account twice in one role', envelope({ body: twice, signatures })],
    ['keys exchanged', envelope({ body, signatures: [exchanged(first!, second!), second!] })],
    ['another salt than was signed', envelope({ body: salted, signatures })],
    ['a passkey asked for another transaction', envelope({ ...assertion, body: otherId })],
    ['a byte behind the envelope', concatBytes(good, Uint8Array.of(0))],
    ['an envelope cut short', good.slice(0, -1)],
    ['a byte behind the body', envelope({ body: concatBytes(body, Uint8Array.of(0)), signatures })],
  ];
}

/** Signed bodies with ids, envelopes and digests; and envelopes that are refused. */
export function transactionVectors(crypto: Crypto): VectorFile {
  const seeds = ['66', '77'].map((byte) => parseHex(byte.repeat(32)));
  const signers = seeds.map((seed) => ed25519Signer(crypto.ed25519.keyPair(seed), crypto));
  const two = [0x44, 0x45].map((byte) => new Uint8Array(16).fill(byte));
  const roles = ['author', 'registrar'];
  const dual = bodyOf({ signers: two.map((account, i) => ({ account, role: roles[i]! })) });
  const officer = bodyOf({
    messages: [{ contract: 'network', name: 'SetParameters', body: parseHex('8101') }],
  });
  const cases = [
    accepted('one service key', bodyOf({}), signers.slice(0, 1), crypto),
    accepted('two signers', dual, signers, crypto),
    accepted('a passkey', officer, [passkeySigner(crypto)], crypto),
  ];
  const [, good, passkey] = cases.map(({ envelope }) => parseHex(envelope));
  const refused = refusedEnvelopes(good!, passkey!).map(([name, envelope]) => ({
    name,
    envelope: toHex(envelope),
    code: codeOf(envelope, crypto),
  }));
  const content = { seeds: seeds.map(toHex), origin: ORIGIN, accepted: cases, refused };
  return { path: 'protocol/transaction.json', content };
}
