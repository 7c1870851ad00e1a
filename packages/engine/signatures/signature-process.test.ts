import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import {
  edgeSignatures,
  isWithoutSignatures,
  signaturesProgram,
  socketFolder,
} from '@ward/testkit/signatures-stage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SignatureClient } from './signature-client.ts';
import { SignatureProcess } from './signature-process.ts';
import {
  LocalSignatures,
  type SignatureVerifier,
  type SignedMessage,
} from './signature-verifier.ts';

const crypto = await loadCrypto();
const local = new LocalSignatures(crypto);
const PAUSE_MS = 5;

/** Fails where it is asked: the process has to answer. */
const NOBODY: SignatureVerifier = {
  verify: async (signed) => {
    if (signed.length > 0) throw new Error('the process has not answered');
    return [];
  },
  close() {},
};

function honest(count: number, seed = 1): SignedMessage[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const { publicKey, secretKey } = crypto.ed25519.keyPair(random.bytes(32));
    const message = random.bytes(i % 400);
    return { publicKey, message, signature: crypto.ed25519.sign(message, secretKey) };
  });
}

describe.skipIf(isWithoutSignatures)('the process that verifies signatures', () => {
  let folder: ReturnType<typeof socketFolder>;
  let process: SignatureProcess;
  let path: string;
  beforeEach(async () => {
    folder = socketFolder();
    path = join(folder.path, 's');
    process = new SignatureProcess(signaturesProgram!, path);
    process.start();
    while (!existsSync(path)) await wait(PAUSE_MS);
  });
  afterEach(async () => {
    await process.stop();
    folder.remove();
  });

  /** Asks the process until it answers: one that was just started does not listen yet. */
  async function ask(signed: readonly SignedMessage[]): Promise<readonly boolean[]> {
    for (;;) {
      const client = new SignatureClient(path, NOBODY);
      try {
        return await client.verify(signed);
      } catch {
        await wait(PAUSE_MS);
      } finally {
        client.close();
      }
    }
  }

  it('finds what is found here, for every edge case, alone and together', async () => {
    const cases = edgeSignatures();
    const expected = cases.map(({ fits }) => fits);
    expect(await local.verify(cases)).toEqual(expected);
    expect(await ask(cases)).toEqual(expected);
    const good = honest(8);
    for (const one of cases) {
      const verdict = await ask([...good, one]);
      expect([one.name, ...verdict]).toEqual([one.name, ...good.map(() => true), one.fits]);
    }
  }, 60_000);

  it('finds what is found here, whatever was changed', async () => {
    const random = seededRandom(7);
    const changed = honest(600, 2).map((one, i) => {
      if (i % 3 === 0) return one;
      const parts = [one.publicKey, one.signature, one.message].map((part) => part.slice());
      const part = parts[i % parts.length]!;
      const at = random.bytes(1)[0]! % Math.max(part.length, 1);
      if (part.length > 0) part[at]! ^= 1 << (i & 7);
      const [publicKey, signature, message] = parts as [Uint8Array, Uint8Array, Uint8Array];
      return { publicKey, signature, message };
    });
    const expected = await local.verify(changed);
    expect(expected.filter((fits) => fits).length).toBeGreaterThan(199);
    expect(expected.filter((fits) => !fits).length).toBeGreaterThan(300);
    expect(await ask(changed)).toEqual(expected);
  });

  it('names the one that does not fit among many', async () => {
    const all = honest(300);
    const forged = { ...all[123]!, message: Uint8Array.of(1) };
    const verdict = await ask(all.map((one, i) => (i === 123 ? forged : one)));
    expect(verdict.flatMap((fits, i) => (fits ? [] : [i]))).toEqual([123]);
  });

  it('answers many that ask at one time, each its own', async () => {
    const client = new SignatureClient(path, NOBODY);
    const [good, bad] = [honest(5), honest(5, 3).map((one) => ({ ...one, message: PLAIN }))];
    const asked = Array.from({ length: 60 }, (_, i) => client.verify(i % 3 === 0 ? bad : good));
    const found = (await Promise.all(asked)).map((verdict) => verdict.filter(Boolean).length);
    expect(found).toEqual(found.map((_, i) => (i % 3 === 0 ? 0 : 5)));
    client.close();
  });

  it('ends a connection over which nonsense comes, and serves the others', async () => {
    const client = new SignatureClient(path, NOBODY);
    expect(await client.verify(honest(4))).toEqual([true, true, true, true]);
    const nonsense = [
      Uint8Array.of(255, 255, 255, 255),
      Uint8Array.of(5, 0, 0, 0, 1, 2, 3, 4, 5),
      Buffer.concat([Uint8Array.of(100, 0, 0, 0), new Uint8Array(96), Uint8Array.of(1, 0, 0, 0)]),
      Buffer.concat([Uint8Array.of(100, 0, 0, 0), Buffer.alloc(100, 255)]),
    ];
    for (const bytes of nonsense) {
      const socket = connect(path);
      const answered: unknown[] = [];
      socket.on('error', () => undefined);
      socket.on('data', (answer) => answered.push(answer));
      socket.write(bytes);
      await once(socket, 'close');
      expect(answered).toEqual([]);
    }
    expect(await client.verify(honest(4))).toEqual([true, true, true, true]);
    client.close();
  });

  it('is started again when it was killed, and nothing that it owed is lost', async () => {
    const client = new SignatureClient(path, local);
    await client.verify(honest(4));
    const before = process.pid!;
    const asked = Array.from({ length: 20 }, () => client.verify(honest(100)));
    globalThis.process.kill(before, 'SIGKILL');
    for (const verdict of await Promise.all(asked)) expect(verdict.every(Boolean)).toBe(true);
    while (process.pid === undefined || process.pid === before) await wait(PAUSE_MS);
    expect(await ask(honest(4))).toEqual([true, true, true, true]);
    client.close();
  });

  it('holds nobody up when it hangs', async () => {
    const client = new SignatureClient(path, local);
    await client.verify(honest(4));
    globalThis.process.kill(process.pid!, 'SIGSTOP');
    expect((await client.verify(honest(50))).every(Boolean)).toBe(true);
    globalThis.process.kill(process.pid!, 'SIGCONT');
    client.close();
  });

  it('ends when the one that started it is gone', async () => {
    const own = join(folder.path, 'own');
    const child = spawn(signaturesProgram!, [own], { stdio: ['pipe', 'ignore', 'ignore'] });
    while (!existsSync(own)) await wait(PAUSE_MS);
    child.stdin.end();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});

const PLAIN = Uint8Array.of(1);
