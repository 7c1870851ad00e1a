import { loadCrypto } from '@ward/protocol/crypto';

const MESSAGE_BYTES = 220;
const SECONDS = 1.5;

/** How fast signatures are verified right now. */
export interface VerifyRate {
  /** Signatures that one core verifies a second. */
  readonly perSecond: number;
  /** CPU of one verification, in microseconds: other work on the machine changes it little. */
  readonly us: number;
}

/** Measures Ed25519 on bodies of one slot. */
export async function verifyRate(): Promise<VerifyRate> {
  const { ed25519 } = await loadCrypto();
  const { publicKey, secretKey } = ed25519.keyPair(new Uint8Array(32));
  const message = new Uint8Array(MESSAGE_BYTES);
  const signature = ed25519.sign(message, secretKey);
  const cpu = process.threadCpuUsage();
  const begin = performance.now();
  let count = 0;
  while (performance.now() - begin < SECONDS * 1000) {
    for (let i = 0; i < 100; i++) ed25519.verify(signature, message, publicKey);
    count += 100;
  }
  const seconds = (performance.now() - begin) / 1000;
  const used = process.threadCpuUsage(cpu);
  return { perSecond: count / seconds, us: (used.user + used.system) / count };
}
