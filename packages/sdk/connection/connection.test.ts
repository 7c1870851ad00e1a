import { Receipt, WriteSlots, writtenSlot } from '@ward/ledger/schema';
import { type Transport, toHex, type WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWard, type OrganisationWard } from '../create-ward.ts';
import { message, submit } from './submit.ts';

const crypto = await loadCrypto();
const NODE = 'memory://node';
const FIRST = 'memory://first';
let stage: ChartStage;
/** Hospital A's client over two nodes: what stands in `first`, then the real one. */
let ward: OrganisationWard;
let first: Transport['send'];
const lies: [string, string][] = [];

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  const { network } = stage;
  first = network.server(NODE).send;
  lies.length = 0;
  const { clock, random } = network;
  const transport = (origin: string): Transport =>
    origin === FIRST
      ? { name: FIRST, send: (request, options) => first(request, options) }
      : network.transport(origin);
  ward = await createWard({
    networkFile: { ...network.networkFile, nodes: [FIRST, NODE] },
    ...{ transport, clock, crypto, random, carrierDelayMsMax: 0 },
    onLie: (server: string, { code }: WardError) => lies.push([server, code]),
    keyService: network.organisations.get('hospital-a')!.store,
  });
});
afterEach(() => stage.close());

const isSubmit = (target: string) => target.startsWith('/v1/transactions');

function write(name: number) {
  const slots = [{ address: crypto.sha256(Uint8Array.of(name)), value: new Uint8Array(32) }];
  return submit(ward.connection, [message(WriteSlots, { slots })], [ward.keys.serviceSigner]);
}

async function spoiled(answer: Awaited<ReturnType<Transport['send']>>, at: number) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const bytes = new Uint8Array(Buffer.concat(chunks));
  bytes[Math.floor(bytes.length * at)]! ^= 1;
  const body = (async function* () {
    yield bytes;
  })();
  return { ...answer, body };
}

describe('a transaction that is submitted', () => {
  it('comes back as a receipt that is proved', async () => {
    const receipt = await write(1);
    expect(await ward.ledger.receipt(receipt.transaction)).toMatchObject({
      envelopeDigest: receipt.envelopeDigest,
    });
  });

  it('is taken once, though the node that took it never said so', async () => {
    const sent: Uint8Array[] = [];
    const real = stage.network.server(NODE).send;
    first = async (request) => {
      const answer = await real(request);
      if (isSubmit(request.target)) {
        sent.push(request.body as Uint8Array);
        throw new Error('cut off');
      }
      return answer;
    };
    const receipt = await write(2);
    expect(sent).toHaveLength(1);
    expect(receipt.envelopeDigest).toEqual(crypto.sha256(sent[0]!));
  });

  it('goes to the next node when one is away, and is uncertain when all are', async () => {
    first = () => Promise.reject(new Error('away'));
    await write(3);
    stage.network.silence(NODE);
    expect(await codeOfAsync(() => write(4))).toBe('TRANSACTION_UNCERTAIN');
  });

  it('is refused with the ledger’s own code, by the first node that says so', async () => {
    await write(5);
    expect(await codeOfAsync(() => write(5))).toBe('SLOT_TAKEN');
  });

  it('is not believed to be taken on a receipt that is not its own, or not proved', async () => {
    const real = stage.network.server(NODE).send;
    const other = await write(6);
    first = async (request) => {
      if (!isSubmit(request.target)) return real(request);
      const body = (async function* () {
        yield Receipt.encode(other);
      })();
      return { status: 200, headers: {}, body };
    };
    const receipt = await write(7);
    expect(receipt.transaction).not.toEqual(other.transaction);
    for (const [name, at] of [0.3, 0.5, 0.8].entries()) {
      first = async (request) => {
        const answer = await real(request);
        return isSubmit(request.target) ? spoiled(answer, at) : answer;
      };
      const taken = await write(20 + name);
      expect(taken.transaction).toHaveLength(32);
    }
  });
});

describe('what is read of the ledger', () => {
  it('comes from the next node where one lies or is away, and the lie is told', async () => {
    const real = stage.network.server(NODE).send;
    const { account } = ward.keys;
    const address = crypto.sha256(Uint8Array.of(8));
    await write(8);
    const slot = writtenSlot({ organisation: account, address }, ward.connection.realm);
    first = async (request) => spoiled(await real(request), 0.7);
    expect((await ward.ledger.head()).header.height).toBeGreaterThan(0);
    expect(await ward.connection.organisation(account)).toMatchObject({ name: 'hospital-a' });
    expect(lies.length).toBeGreaterThan(0);
    expect(new Set(lies.map(([server]) => server))).toEqual(new Set([FIRST]));
    first = () => Promise.reject(new Error('away'));
    expect(await ward.connection.account(account)).toBeDefined();
    expect(toHex(slot)).toHaveLength(64);
  });

  it('is a block or receipt in which nothing is altered', async () => {
    const receipt = await write(9);
    const { height } = receipt.block.header;
    const block = await ward.ledger.block(height);
    expect(block.transactions).toHaveLength(1);
    const real = stage.network.server(NODE).send;
    for (const at of [0.2, 0.4, 0.6, 0.8]) {
      first = async (request) => {
        const answer = await real(request);
        const isBlock = request.target.startsWith(`/v1/blocks/${height}`);
        return isBlock ? spoiled(answer, at) : answer;
      };
      expect(await ward.ledger.block(height), `altered at ${at}`).toEqual(block);
      stage.network.overrides.set(NODE, { name: NODE, send: first });
      const code = await codeOfAsync(() => ward.ledger.block(height));
      expect(code, `altered at ${at}`).toBeDefined();
      stage.network.overrides.clear();
    }
    const other = await write(10);
    first = async (request) => {
      if (!isSubmit(request.target)) return real(request);
      const body = (async function* () {
        yield Receipt.encode(other);
      })();
      return { status: 200, headers: {}, body };
    };
    expect(await ward.ledger.receipt(receipt.transaction)).toEqual(receipt);
    stage.network.overrides.set(NODE, { name: NODE, send: first });
    const swapped = () => ward.ledger.receipt(receipt.transaction);
    expect(await codeOfAsync(swapped)).toBe('PROOF_INVALID');
  });

  it('is an organisation with its servers: asked for again after a few seconds only', async () => {
    const real = stage.network.server(NODE).send;
    let proofs = 0;
    first = (request, options) => {
      if (request.target === '/v1/proofs') proofs++;
      return real(request, options);
    };
    const id = stage.network.id('payer');
    await ward.connection.organisation(id);
    await ward.connection.organisation(id);
    await ward.connection.server(id, 'custodian');
    expect(proofs).toBe(1);
    await stage.network.pass(6);
    await ward.connection.organisation(id);
    expect(proofs).toBe(2);
    expect(await ward.directory.list()).toHaveLength(7);
    expect(proofs).toBe(4);
    const vault = () => ward.connection.server(id, 'vault');
    expect(await codeOfAsync(vault)).toBe('ENDPOINT_MISSING');
    const nobody = () => ward.connection.organisation(new Uint8Array(16));
    expect(await codeOfAsync(nobody)).toBe('ORGANISATION_UNKNOWN');
  });
});

describe('a vault that is asked', () => {
  it('takes a request that was signed for it, and none that was for another', async () => {
    const { network } = stage;
    await network.close();
    stage = await ChartStage.start(crypto, { hasSecondVault: true });
    const seen: Parameters<Transport['send']>[0][] = [];
    const vault = stage.network.server('memory://vault');
    stage.network.overrides.set('memory://vault', {
      name: 'vault',
      send: (request) => {
        seen.push(request);
        return vault.send(request);
      },
    });
    await stage.makeChart();
    const list = seen.length;
    await stage.patient.access.log(KIND);
    const mailbox = seen.slice(list).find(({ target }) => target.includes('/mailbox'))!;
    const other = await stage.network.server('memory://second-vault').send(mailbox);
    expect(other.status).toBeGreaterThanOrEqual(400);
    const again = await vault.send(mailbox);
    expect(again.status, 'a request is taken once').toBeGreaterThanOrEqual(400);
  });
});
