import { ProofRequest, slotKey, WriteSlots, writtenSlot } from '@ward/ledger/schema';
import { type Transport, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { message, submit } from '../connection/submit.ts';
import type { OrganisationWard } from '../create-ward.ts';

const crypto = await loadCrypto();
const NODE = 'memory://node';
let network: ClientNetwork;
let ward: OrganisationWard;

beforeEach(async () => {
  network = await ClientNetwork.start(crypto);
  ward = await network.organisation('hospital-a');
});
afterEach(() => network.close());

const addressOf = (n: number) => crypto.sha256(Uint8Array.of(n));
const slotOf = (n: number) =>
  writtenSlot({ organisation: ward.keys.account, address: addressOf(n) }, ward.connection.realm);

async function write(n: number): Promise<void> {
  const slots = [{ address: addressOf(n), value: crypto.sha256(addressOf(n)) }];
  await submit(ward.connection, [message(WriteSlots, { slots })], [ward.keys.serviceSigner]);
}

/** A node whose streams break off after so many events, or before the first. */
function breaking(events: number): void {
  const server = network.server(NODE);
  const send: Transport['send'] = async (request, options) => {
    const answer = await server.send(request, options);
    if (!request.target.startsWith('/v1/slots')) return answer;
    const body = (async function* () {
      let left = events;
      for await (const chunk of answer.body) {
        if (left-- <= 0) break;
        yield chunk;
      }
      throw new Error('the node goes away');
    })();
    return { ...answer, body };
  };
  network.overrides.set(NODE, { name: NODE, send });
}

describe('slots that are watched', () => {
  it('come once and in order though the node goes away again and again', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    breaking(1);
    const watching = (async () => {
      for await (const block of ward.ledger.watchSlots({ from: 1, signal: stop.signal })) {
        seen.push(...block.slots.map(toHex));
        if (seen.length >= 6) stop.abort();
      }
    })();
    for (let n = 0; n < 6; n++) await write(n);
    await watching;
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map((n) => toHex(slotOf(n))));
  }, 60_000);

  it('come from now on, also those of blocks made while the first stream was gone', async () => {
    await write(0);
    const stop = new AbortController();
    breaking(0);
    const blocks = ward.ledger.watchSlots({ signal: stop.signal });
    const next = blocks.next();
    await write(1);
    await write(2);
    network.overrides.clear();
    const told = await next;
    expect(told.value!.slots.map(toHex)).toEqual([toHex(slotOf(1))]);
    expect((await blocks.next()).value!.slots.map(toHex)).toEqual([toHex(slotOf(2))]);
    stop.abort();
  }, 60_000);
});

describe('slots that are waited for', () => {
  it('are proved, and the wait ends when all have come', async () => {
    const waited = (async () => {
      const hits: string[] = [];
      for await (const hit of ward.ledger.awaitSlots([slotOf(1), slotOf(3)], { from: 1 })) {
        expect(hit.value).toHaveLength(32);
        hits.push(toHex(hit.slot));
      }
      return hits;
    })();
    for (let n = 0; n < 4; n++) await write(n);
    expect((await waited).sort()).toEqual([toHex(slotOf(1)), toHex(slotOf(3))].sort());
  });

  it('are matched here: no node is asked for one of them alone', async () => {
    const asked: string[][] = [];
    const server = network.server(NODE);
    network.overrides.set(NODE, {
      name: NODE,
      send: (request, options) => {
        if (request.target === '/v1/proofs') {
          asked.push(ProofRequest.decode(request.body as Uint8Array).keys.map(toHex));
        }
        return server.send(request, options);
      },
    });
    const others = [5, 6, 7, 8, 9];
    const slots = others.map((n) => ({ address: addressOf(n), value: addressOf(n) }));
    await submit(ward.connection, [message(WriteSlots, { slots })], [ward.keys.serviceSigner]);
    asked.length = 0;
    const hits = ward.ledger.awaitSlots([slotOf(7)], { from: 1, checkEveryMs: 600_000 });
    for await (const { slot } of hits) expect(toHex(slot)).toBe(toHex(slotOf(7)));
    const wanted = toHex(slotKey(slotOf(7)));
    const revealing = asked.filter((keys) => keys.includes(wanted));
    expect(revealing).toHaveLength(1);
    expect(revealing[0]!.toSorted()).toEqual(others.map((n) => toHex(slotKey(slotOf(n)))).sort());
  });

  it('are found though a node never announces them', async () => {
    const server = network.server(NODE);
    network.overrides.set(NODE, {
      name: NODE,
      send: (request, options) =>
        request.target.startsWith('/v1/slots')
          ? new Promise((_, reject) => {
              options?.signal?.addEventListener('abort', () => reject(new Error('stopped')));
            })
          : server.send(request, options),
    });
    await write(1);
    const hits = ward.ledger.awaitSlots([slotOf(1)], { from: 1, checkEveryMs: 20 });
    for await (const { slot } of hits) expect(toHex(slot)).toBe(toHex(slotOf(1)));
  });
});
