import { loadCrypto } from '@ward/protocol/crypto';

const MESSAGE_BYTES = 220;
const SECONDS = 1.5;

/** Ed25519 signatures that one core verifies a second, right now, on bodies of one slot. */
export async function verifyRate(): Promise<number> {
  const { ed25519 } = await loadCrypto();
  const { publicKey, secretKey } = ed25519.keyPair(new Uint8Array(32));
  const message = new Uint8Array(MESSAGE_BYTES);
  const signature = ed25519.sign(message, secretKey);
  const begin = performance.now();
  let count = 0;
  while (performance.now() - begin < SECONDS * 1000) {
    for (let i = 0; i < 100; i++) ed25519.verify(signature, message, publicKey);
    count += 100;
  }
  return count / ((performance.now() - begin) / 1000);
}
