import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuse } from '../../errors.ts';
import { IngressClient } from '../../ingress-client.ts';
import type { WaitingTransaction } from '../waiting-list.ts';
import { WorkerIngress, type WorkerIngressOptions } from './worker-ingress.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

let folder: string;
const running: WorkerIngress[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-ingress-'));
});
afterEach(async () => {
  for (const ingress of running.splice(0)) await ingress.close();
  rmSync(folder, { recursive: true });
});

/** Doors whose transactions are taken down. */
async function start(options: WorkerIngressOptions = {}) {
  const arrived: WaitingTransaction[] = [];
  const ingress = new WorkerIngress({ workers: 1, listen: { folder }, ...options });
  running.push(ingress);
  await ingress.start({
    admit: (arrivals) => arrived.push(...arrivals),
    failed: (error) => {
      throw error;
    },
  });
  return { ingress, arrived };
}

let salt = 0;
function made() {
  const address = crypto.sha256(Buffer.from(`ingress ${salt++}`));
  const message = { slots: [{ address, value: address }] };
  return ledger.serviceTransaction(ledger.provider, WriteSlots, message, 1_800_000_000);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const APPLIED = { code: 0, data: new Uint8Array(1) };

describe('workers that own sockets', () => {
  it('verify envelopes that come together, and say which do not fit', async () => {
    const { ingress, arrived } = await start({ workers: 2 });
    const all = [made(), made(), made()];
    const forged = all[1]!.envelope.slice();
    forged[forged.length - 1]! ^= 1;
    const envelopes = [all[0]!.envelope, forged, Uint8Array.of(9), all[2]!.envelope];
    for (const verdict of [
      await ingress.verifyAll(envelopes),
      await ingress.verifyAll(envelopes),
    ]) {
      expect(verdict.map((one) => one?.envelope)).toEqual([
        envelopes[0],
        undefined,
        undefined,
        envelopes[3],
      ]);
      expect(verdict.map((one) => one?.id)).toEqual([all[0]!.id, undefined, undefined, all[2]!.id]);
      expect(verdict[0]!.digest).toEqual(crypto.sha256(envelopes[0]!));
    }
    expect(arrived).toEqual([]);
    const asked = codeOfAsync(() => ingress.verifyAll(envelopes));
    await ingress.close();
    running.splice(0);
    expect([undefined, 'ENGINE_STOPPED']).toContain(await asked);
  });

  it('hand over what they verified, and bring back what became of it', async () => {
    const { ingress, arrived } = await start();
    const client = await IngressClient.connect({ path: ingress.addresses[0]!.path! });
    const sent = [made(), made(), made()];
    const results = sent.map(({ envelope }) => client.submit(envelope));
    await until(() => arrived.length === 3);
    expect(arrived.map(({ transaction }) => transaction)).toEqual(sent);
    const { submitter } = arrived[0]!;
    submitter.committed(arrived[0]!.token, { height: 5, index: 0, result: APPLIED });
    submitter.committed(arrived[1]!.token, { height: 6, index: 0, result: APPLIED });
    submitter.refused(arrived[2]!.token, refuse('ENGINE_BUSY', { waiting: 9 }));
    submitter.settled();
    const [first, second, third] = await Promise.all(results);
    expect([first!.height, second!.height]).toEqual([5, 6]);
    expect(third!.height).toBeUndefined();
    expect(third!.refusal).toMatchObject({
      code: 'ENGINE_BUSY',
      data: [{ name: 'waiting', value: '9' }],
    });
    await client.end();
  });

  it('refuse by themselves what no state can make good', async () => {
    const { ingress, arrived } = await start();
    const client = await IngressClient.connect({ path: ingress.addresses[0]!.path! });
    const forged = made().envelope.slice();
    forged[forged.length - 1]! ^= 1;
    const results = await Promise.all([
      client.submit(forged),
      client.submit(Uint8Array.of(0x80)),
      client.submit(new Uint8Array(1000)),
    ]);
    const codes = results.map(({ refusal }) => refusal?.code);
    expect(codes).toEqual(['TRANSACTION_SIGNATURE', 'FORMAT_FIELDS', 'FORMAT_TYPE']);
    expect(arrived).toHaveLength(0);
    await client.end();
  });

  it('verify what came by another way', async () => {
    const { ingress } = await start({ listen: {} });
    const { envelope, id, digest } = made();
    expect(await ingress.verify(envelope)).toEqual({ envelope, id, digest, passkeys: [undefined] });
    const forged = envelope.slice();
    forged[forged.length - 1]! ^= 1;
    expect(await codeOfAsync(() => ingress.verify(forged))).toBe('TRANSACTION_SIGNATURE');
    expect(await codeOfAsync(() => ingress.verify(envelope.subarray(1)))).toMatch(/CBOR|FORMAT/);
  });

  it('go on when a client leaves with transactions on their way', async () => {
    const { ingress, arrived } = await start();
    const path = ingress.addresses[0]!.path!;
    const gone = await IngressClient.connect({ path });
    const lost = gone.submit(made().envelope).catch((error) => error.code);
    await until(() => arrived.length === 1);
    gone.destroy();
    expect(await lost).toBe('ENGINE_STOPPED');
    const client = await IngressClient.connect({ path });
    const result = client.submit(made().envelope);
    await until(() => arrived.length === 2);
    for (const { submitter, token } of arrived) {
      submitter.committed(token, { height: 3, index: 0, result: APPLIED });
      submitter.settled();
    }
    expect((await result).height).toBe(3);
    await client.end();
  });

  it('listen where a killed process left its socket', async () => {
    writeFileSync(join(folder, '0.sock'), '');
    const { ingress } = await start();
    await (await IngressClient.connect({ path: ingress.addresses[0]!.path! })).end();
  });

  it('share one port, which nobody else has', async () => {
    const listen = { tcp: { host: '127.0.0.1', port: 0 } };
    const { ingress } = await start({ workers: 2, listen });
    const ports = ingress.addresses.map(({ port }) => port);
    expect(new Set(ports).size).toBe(1);
    const taken = { tcp: { host: '127.0.0.1', port: ports[0]! } };
    await expect(start({ listen: taken })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('take no connection once they are quiet', async () => {
    const { ingress } = await start();
    const path = ingress.addresses[0]!.path!;
    await ingress.quiesce();
    await expect(IngressClient.connect({ path })).rejects.toThrow();
  });
});
