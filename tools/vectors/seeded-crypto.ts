import type { Crypto } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import { deterministicKem } from './deterministic-kem.ts';

/** The port with seals that come out the same for the same seed: for vectors only. */
export async function seededCrypto(seed: number): Promise<Crypto> {
  const random = seededRandom(seed);
  const crypto = await loadCrypto();
  return { ...crypto, kem: deterministicKem({ shift: () => random.bytes(64) }) };
}
