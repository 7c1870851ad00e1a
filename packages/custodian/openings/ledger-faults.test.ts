import { getLightBlock, ProofAnswer, ProofRequest, proveState } from '@ward/ledger/schema';
import {
  callEndpoint,
  collectBody,
  encodeUtf8,
  type Transport,
  type WireAnswer,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { createLog, Metrics } from '@ward/server';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let custody: CustodyStage;
let node: Transport;
const lines: string[] = [];

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto());
  node = custody.stage.node.transport;
});
afterAll(() => custody.stop());
afterEach(async () => {
  custody.stage.serve(node.name, node);
  await custody.stage.pass(0);
});

const codeOf = (opening: StagedOpening) => codeOfAsync(() => custody.open1(opening, 0));

async function committed(): Promise<StagedOpening> {
  const opening = await custody.openable();
  await custody.commit(opening);
  return opening;
}

async function heightOf(of: Transport): Promise<number> {
  const request = { params: { height: 0 }, query: {}, body: null };
  return (await callEndpoint(getLightBlock, request, of)).header.height;
}

/** The node answers proofs as this says. */
function proving(alter: (answer: ProofAnswer) => ProofAnswer): void {
  custody.stage.serve(node.name, {
    name: node.name,
    send: async (request, options) => {
      const answer = await node.send(request, options);
      if (request.target !== proveState.path || answer.status !== 200) return answer;
      const bytes = (await collectBody(answer.body, 10_000_000))!;
      return answered(200, ProofAnswer.encode(alter(ProofAnswer.decode(bytes))));
    },
  });
}

function answered(status: number, bytes: Uint8Array): WireAnswer {
  const body = (async function* () {
    yield bytes;
  })();
  return { status, headers: {}, body };
}

/** The node refuses everything with a code of its choice. */
function refusing(code: string): void {
  const send = async () => answered(403, encodeUtf8(JSON.stringify({ code, data: {} })));
  custody.stage.serve(node.name, { name: node.name, send });
}

describe('a node that lies to a custodian', () => {
  it.each<[string, (answer: ProofAnswer) => ProofAnswer]>([
    [
      'hides a slot',
      ({ block, items }) => ({
        block,
        items: items.map(({ proof }) => ({ value: null, proof })),
      }),
    ],
    [
      'alters a value',
      ({ block, items }) => ({
        block,
        items: items.map(({ value, proof }) => ({
          value: value?.map((byte) => byte ^ 1) ?? null,
          proof,
        })),
      }),
    ],
    ['leaves a fact out', ({ block, items }) => ({ block, items: items.slice(1) })],
    [
      'gives facts in another order',
      ({ block, items }) => ({ block, items: [...items].reverse() }),
    ],
    [
      'gives another root',
      ({ block, items }) => ({
        block: { ...block, header: { ...block.header, appHash: new Uint8Array(32) } },
        items,
      }),
    ],
  ])('is not believed when it %s', async (_, alter) => {
    const opening = await committed();
    await custody.open1(opening, 1);
    // The asker is known from before: only the facts of the opening are asked anew.
    await codeOf(await committed());
    proving(alter);
    expect(await codeOf(opening)).toBe('STATE_UNPROVED');
    custody.stage.serve(node.name, node);
    expect(await codeOf(opening)).toBeUndefined();
  });

  it('puts no word of its own into a signed verdict', async () => {
    await codeOf(await committed());
    const opening = await committed();
    refusing('GRANT_REVOKED');
    expect(await codeOf(opening)).toBe('STATE_UNPROVED');
    refusing('CALLER_UNKNOWN');
    expect(await codeOf(opening)).toBe('STATE_UNPROVED');
  });

  it('cannot take a custodian back: an old block is no news', async () => {
    const opening = await committed();
    await codeOf(opening);
    const old = (await collectBody(
      (
        await node.send({ method: 'GET', target: '/v1/light-blocks/1', headers: {}, body: null })
      ).body,
      1_000_000,
    ))!;
    custody.stage.serve(node.name, {
      name: node.name,
      send: async (request, options) => {
        const isHead = request.target.startsWith(getLightBlock.path.replace(':height', ''));
        return isHead ? answered(200, old) : node.send(request, options);
      },
    });
    const { custodian } = custody.custodians[0]!;
    await custody.stage.pass(30);
    expect(await codeOf(opening)).toBeUndefined();
    expect(custodian.origin).toBeTypeOf('string');
  });
});

/** What a node answers that has come to a halt at a height. */
function halted(name: string, height: number): Transport {
  return {
    name,
    async send(request, options) {
      if (request.target === proveState.path) {
        const { keys } = ProofRequest.decode(request.body as Uint8Array);
        return node.send({ ...request, body: ProofRequest.encode({ keys, height: height - 1 }) });
      }
      const target = request.target.replace('/v1/light-blocks/0', `/v1/light-blocks/${height}`);
      return node.send({ ...request, target }, options);
    },
  };
}

describe('a custodian whose node is behind the one that the asker sees', () => {
  async function openBehind(nodes: string[]) {
    const staged = custody.custodians[3]!;
    await custody.openable();
    const opening = await custody.openable();
    const { networkFile } = custody.stage.options(staged.member);
    const height = await heightOf(node);
    custody.stage.serve('memory://halted', halted('memory://halted', height));
    const custodian = await custody.open(staged, { networkFile: { ...networkFile, nodes } });
    try {
      await custody.deal(opening.chart, 3);
      await custody.commit(opening);
      return await codeOfAsync(() => custody.open1(opening, 3));
    } finally {
      await custodian.close();
      custody.stage.serve(staged.origin, staged.custodian.transport);
    }
  }

  it('asks the others before it says that an entry is missing', async () => {
    expect(await openBehind(['memory://halted', node.name])).toBeUndefined();
  });

  it('says so where no node has it', async () => {
    expect(await openBehind(['memory://halted'])).toBe('ENTRY_UNCOMMITTED');
  });
});

describe('a custodian whose node is gone', () => {
  it('releases nothing, and tells the owner', async () => {
    const opening = await committed();
    await codeOf(await committed());
    custody.stage.serve(node.name, { name: node.name, send: () => Promise.reject(new Error()) });
    expect(await codeOf(opening)).toBe('LEDGER_BEHIND');
    const notices = await custody.notices(opening.chart);
    expect(notices.at(-1)).toMatchObject({ kind: 'opening', verdict: 'LEDGER_BEHIND' });
  });

  it('believes nobody, once what it knows of organisations is old', async () => {
    const opening = await committed();
    await codeOf(opening);
    custody.stage.serve(node.name, { name: node.name, send: () => Promise.reject(new Error()) });
    custody.stage.passSilently(100);
    const sealed = await custody.seal(custody.request(opening), 0);
    expect(await codeOfAsync(() => custody.ask(sealed, 0))).toBe('LEDGER_BEHIND');
  });

  it('starts all the same, is not ready, and is when the node comes', async () => {
    custody.stage.serve(node.name, { name: node.name, send: () => Promise.reject(new Error()) });
    const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(line) } });
    const metrics = new Metrics();
    await custody.custodians[2]!.custodian.close();
    const options = { ops: {}, log, metrics };
    const custodian = await custody.open(custody.custodians[2]!, options);
    custody.custodians[2]!.custodian = custodian;
    const ready = async () => (await fetch(`${custodian.opsOrigin}/readyz`)).status;
    expect((await fetch(`${custodian.opsOrigin}/livez`)).status).toBe(200);
    expect(await ready()).toBe(503);
    custody.stage.serve(node.name, node);
    await expect.poll(ready, { timeout: 20_000 }).toBe(200);
    custody.stage.passSilently(61);
    expect(await ready()).toBe(503);
    const page = await (await fetch(`${custodian.opsOrigin}/metrics`)).text();
    expect(page).toContain('ward_ledger_age_seconds');
    expect(page).toContain('ward_shares ');
    expect(lines.join()).toContain('"event":"node-not-followed"');
  });
});
