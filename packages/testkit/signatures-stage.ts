import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSignatures, type SignedMessage } from '@ward/engine';
import { parseHex } from '@ward/protocol';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const VECTORS = new URL('../../vectors/protocol/signatures.json', import.meta.url);

/** The program that `npm run engine:install` has put in place. */
export const signaturesProgram = findSignatures(CACHE);

/** Whether tests of it are left out: never where everything has to be there. */
export const isWithoutSignatures = signaturesProgram === undefined && process.env.CI !== 'true';

/** A folder for sockets, removed by `remove`. */
export function socketFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ward-signatures-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** A signature of the vectors, and whether the transaction rule takes it. */
export interface EdgeSignature extends SignedMessage {
  readonly name: string;
  readonly fits: boolean;
}

/** Every edge case of the vectors. */
export function edgeSignatures(): EdgeSignature[] {
  const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
    readonly cases: readonly {
      readonly name: string;
      readonly publicKey: string;
      readonly message: string;
      readonly signature: string;
      readonly transaction: boolean;
    }[];
  };
  return cases.map(({ name, publicKey, message, signature, transaction }) => ({
    name,
    publicKey: parseHex(publicKey),
    message: parseHex(message),
    signature: parseHex(signature),
    fits: transaction,
  }));
}
