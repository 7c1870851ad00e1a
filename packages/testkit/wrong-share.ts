import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Crypto, concatBytes } from '@ward/protocol';

const NONCE_BYTES = 12;

interface ShareRow {
  readonly q: Uint8Array;
  readonly chart: Uint8Array;
  readonly number: number;
  readonly place: number;
}

/**
 * Puts another share in the place of each that a custodian keeps, sealed as it seals its own: a
 * custodian that lies. It must not run meanwhile.
 *
 * @returns How many shares there were.
 */
export async function alterShares(home: string, crypto: Crypto): Promise<number> {
  const key = new Uint8Array(readFileSync(join(home, 'home.key')));
  const database = new DatabaseSync(join(home, 'shares.db'));
  const rows = database.prepare('SELECT q, chart, number, place FROM shares').all();
  const update = database.prepare(
    'UPDATE shares SET sealed = ? WHERE q = ? AND chart = ? AND number = ?',
  );
  for (const { q, chart, number, place } of rows as unknown as ShareRow[]) {
    const share = crypto.ristretto.reduceScalar(new Uint8Array(64).fill(7));
    const nonce = new Uint8Array(NONCE_BYTES).fill(number + 1);
    const aad = concatBytes(q, chart, Uint8Array.of(place));
    const sealed = concatBytes(nonce, await crypto.aead.seal(share, { key, nonce, aad }));
    update.run(sealed, q, chart, number);
  }
  database.close();
  return rows.length;
}
