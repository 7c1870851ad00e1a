import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its key, as servers of TLS take them. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Tags of DER (X.690). */
const TAG = {
  integer: 2,
  bits: 3,
  oid: 6,
  utf8: 12,
  sequence: 48,
  set: 49,
  version: 160,
  time: 23,
};
const ED25519 = [0x2b, 0x65, 0x70];
const COMMON_NAME = [0x55, 0x04, 0x03];

function der(tag: number, ...parts: (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** `YYMMDDHHMMSSZ`, as RFC 5280, 4.1.2.5.1 wants it. */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\..*/g, '');
  return der(TAG.time, Buffer.from(`${digits.slice(2)}Z`));
}

/** Makes a certificate for `localhost` that signs itself (RFC 5280, 4.1), by a key made for it. */
export function selfSigned(valid: { fromMs: number; untilMs: number }): TestCertificate {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } =
    generateKeyPairSync('ed25519');
  const algorithm = der(TAG.sequence, der(TAG.oid, ED25519));
  const common = der(
    TAG.sequence,
    der(TAG.oid, COMMON_NAME),
    der(TAG.utf8, Buffer.from('localhost')),
  );
  const name = der(TAG.sequence, der(TAG.set, common));
  const body = der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, [2])),
    der(TAG.integer, [1]),
    algorithm,
    name,
    der(TAG.sequence, utcTime(valid.fromMs), utcTime(valid.untilMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(TAG.bits, [0], sign(null, body, privateKey));
  const whole = der(TAG.sequence, body, algorithm, signature).toString('base64');
  const lines = whole.replaceAll(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
