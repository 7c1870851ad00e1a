import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { loadCrypto as loadBrowserCrypto } from '../adapters/browser.ts';
import { loadCrypto } from '../adapters/node.ts';
import { concatBytes, equalBytes } from '../bytes.ts';
import { encodeUtf8 } from '../utf8.ts';
import { TransactionBody } from './body.ts';
import { passkeySignature } from './passkey-signature.ts';
import {
  parseTransaction,
  signTransaction,
  transactionId,
  verifySignatures,
} from './transaction.ts';
import { verifyAssertion, WebAuthnAssertion } from './webauthn.ts';

const crypto = await loadCrypto();
const browser = await loadBrowserCrypto();
const ORIGIN = 'https://ward.example';
const RP_ID_HASH = new Uint8Array(createHash('sha256').update('ward.example').digest());
const challenge = new Uint8Array(32).map((_, i) => i * 7);
/** User present, user verified, backup eligible and backed up: what phones send. */
const FLAGS = 0x1d;

interface Passkey {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

function newPasskey(): Passkey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const point = [x!, y!].map((part) => Buffer.from(part, 'base64url'));
  return { publicKey: concatBytes(Uint8Array.of(4), ...point), privateKey };
}

const passkey = newPasskey();

function clientText(fields: string): Uint8Array {
  return encodeUtf8(`{${fields}}`);
}

const text = Buffer.from(challenge).toString('base64url');
const START = `"type":"webauthn.get","challenge":"${text}"`;
const PLAIN = `${START},"origin":"${ORIGIN}","crossOrigin":false`;

function authenticatorBytes(flags = FLAGS, extra = new Uint8Array(0)): Uint8Array {
  return concatBytes(RP_ID_HASH, Uint8Array.of(flags, 0, 0, 0, 9), extra);
}

/** What an authenticator makes: a DER signature over its own bytes and the client's digest. */
function assert(
  client: Uint8Array,
  { authenticator = authenticatorBytes(), key = passkey } = {},
): WebAuthnAssertion {
  const digest = createHash('sha256').update(client).digest();
  const der = sign('sha256', concatBytes(authenticator, digest), key.privateKey);
  return { authenticator, client, signature: passkeySignature(new Uint8Array(der)) };
}

function verdict(assertion: WebAuthnAssertion, change: object = {}): string | undefined {
  const expected = { challenge, publicKey: passkey.publicKey, ...change };
  const codes = [crypto, browser].map((one) =>
    codeOf(() => verifyAssertion(assertion, expected, one)),
  );
  expect(codes[0], 'both adapters agree').toBe(codes[1]);
  return codes[0];
}

describe('a passkey assertion', () => {
  it('of the right form is accepted, and says where it was made', () => {
    const assertion = assert(clientText(PLAIN));
    expect(verdict(assertion)).toBeUndefined();
    const expected = { challenge, publicKey: passkey.publicKey };
    expect(verifyAssertion(assertion, expected, crypto)).toEqual({
      origin: ORIGIN,
      rpIdHash: RP_ID_HASH,
    });
  });

  it('may have members behind crossOrigin, which browsers add on purpose', () => {
    const warning = '"other_keys_can_be_added_here":"do not compare clientDataJSON"';
    expect(verdict(assert(clientText(`${PLAIN},${warning}`)))).toBeUndefined();
    expect(verdict(assert(clientText(`${PLAIN},"topOrigin":"https://x.example"`)))).toBeUndefined();
  });

  it.each<[string, string]>([
    ['another type', PLAIN.replace('webauthn.get', 'webauthn.create')],
    ['another challenge', PLAIN.replace(text, text.replace(text[0]!, 'Z'))],
    ['a padded challenge', PLAIN.replace(text, `${text}=`)],
    ['members in another order', reordered()],
    ['a member before the others', `"a":1,${PLAIN}`],
    ['a member twice', `"type":"webauthn.get",${PLAIN}`],
    ['a member among the others', PLAIN.replace(',"origin"', ',"a":1,"origin"')],
    ['spaces', PLAIN.replaceAll(':', ': ')],
    ['a cross-origin frame', PLAIN.replace('"crossOrigin":false', '"crossOrigin":true')],
    ['no crossOrigin', PLAIN.replace(',"crossOrigin":false', '')],
    ['a crossOrigin that goes on', `${PLAIN}y`],
    ['an escape in the origin', PLAIN.replace('https://', 'https:\\u002f\\u002f')],
    ['a quote in the origin', PLAIN.replace('ward.example', 'ward.ex\\"ample')],
    ['a control character in the origin', PLAIN.replace('ward.', 'ward\n.')],
    ['an origin that does not end', PLAIN.slice(0, PLAIN.indexOf('","crossOrigin'))],
  ])('is refused with %s', (_, fields) => {
    expect(verdict(assert(clientText(fields)))).toBe('WEBAUTHN_INVALID');
  });

  it('is refused with something behind the object', () => {
    const client = concatBytes(clientText(PLAIN), encodeUtf8('{}'));
    expect(verdict(assert(client))).toBe('WEBAUTHN_INVALID');
    const open = encodeUtf8(`{${PLAIN},"a":1`);
    expect(verdict(assert(open))).toBe('WEBAUTHN_INVALID');
  });

  it('is refused without a user who was present and verified', () => {
    for (const flags of [0x00, 0x01, 0x04, 0x18]) {
      const authenticator = authenticatorBytes(flags);
      expect(verdict(assert(clientText(PLAIN), { authenticator }))).toBe('WEBAUTHN_INVALID');
    }
  });

  it('may carry extensions of the authenticator, which are signed too', () => {
    const authenticator = authenticatorBytes(FLAGS | 0x80, Uint8Array.of(0xa0));
    const assertion = assert(clientText(PLAIN), { authenticator });
    expect(verdict(assertion)).toBeUndefined();
    const stripped = { ...assertion, authenticator: authenticatorBytes(FLAGS | 0x80) };
    expect(verdict(stripped)).toBe('WEBAUTHN_INVALID');
  });

  it('is refused for another challenge or key than was asked', () => {
    const assertion = assert(clientText(PLAIN));
    expect(verdict(assertion, { challenge: new Uint8Array(32) })).toBe('WEBAUTHN_INVALID');
    expect(verdict(assertion, { publicKey: newPasskey().publicKey })).toBe('WEBAUTHN_INVALID');
    const compressed = passkey.publicKey.slice(0, 33);
    expect(verdict(assertion, { publicKey: compressed })).toBe('WEBAUTHN_INVALID');
    const offCurve = passkey.publicKey.slice();
    offCurve[64]! ^= 1;
    expect(verdict(assertion, { publicKey: offCurve })).toBe('WEBAUTHN_INVALID');
  });

  it('is refused with the larger s, which the same key could have signed', () => {
    const assertion = assert(clientText(PLAIN));
    const { signature } = assertion;
    const high = { ...assertion, signature: concatBytes(signature.slice(0, 32), highS(signature)) };
    expect(verdict(high)).toBe('WEBAUTHN_INVALID');
    const message = concatBytes(assertion.authenticator, crypto.sha256(assertion.client));
    expect(crypto.p256.verify(high.signature, message, passkey.publicKey)).toBe(true);
  });

  it('is refused when any byte of it was changed', () => {
    const assertion = assert(clientText(PLAIN));
    for (const part of ['authenticator', 'client', 'signature'] as const) {
      for (let i = 0; i < assertion[part].length; i += 5) {
        const changed = assertion[part].slice();
        changed[i]! ^= 2;
        const code = codeOf(() =>
          verifyAssertion(
            { ...assertion, [part]: changed },
            { challenge, publicKey: passkey.publicKey },
            crypto,
          ),
        );
        expect(code).toMatch(/^(WEBAUTHN_INVALID|TEXT_INVALID)$/);
      }
    }
  });
});

function reordered(): string {
  const members = PLAIN.split(',');
  return [members[1], members[0], ...members.slice(2)].join(',');
}

/** n − s, in big integers. */
function highS(signature: Uint8Array): Uint8Array {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`);
  return new Uint8Array(Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'));
}

describe('a transaction signed by a passkey', () => {
  const body = TransactionBody.encode({
    network: new Uint8Array(32),
    chain: 'ward-test',
    signers: [{ account: new Uint8Array(16), role: 'author' }],
    validUntil: 1,
    salt: new Uint8Array(16),
    messages: [{ contract: 'network', name: 'SetParameters', body: Uint8Array.of(0x80) }],
  });

  function envelopeWith(key: Passkey): Uint8Array {
    const decoded = TransactionBody.decode(body);
    return signTransaction(
      decoded,
      [
        (bytes) => {
          const id = Buffer.from(transactionId(bytes, crypto)).toString('base64url');
          const assertion = assert(clientText(PLAIN.replace(text, id)), { key });
          return { publicKey: passkey.publicKey, signature: WebAuthnAssertion.encode(assertion) };
        },
      ],
      crypto,
    ).envelope;
  }

  it('has the id of the transaction as its challenge', () => {
    const [origin] = verifySignatures(parseTransaction(envelopeWith(passkey), crypto), crypto);
    expect(origin?.origin).toBe(ORIGIN);
    expect(equalBytes(origin!.rpIdHash, RP_ID_HASH)).toBe(true);
  });

  it('is refused when another passkey made it', () => {
    const parsed = parseTransaction(envelopeWith(newPasskey()), crypto);
    expect(codeOf(() => verifySignatures(parsed, crypto))).toBe('WEBAUTHN_INVALID');
  });
});
