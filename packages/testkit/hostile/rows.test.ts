import { getHeader, Letters, NoticeRefusals, ObjectContents, postLetter } from '@ward/charts';
import { Organisation, organisationKey, ProofAnswer, Receipt } from '@ward/ledger/schema';
import { callEndpoint, callRaw, collectBody } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClientNetwork } from '../client-network.ts';
import { codeOfAsync } from '../refusals.ts';
import { alterAnswers, altering, pretendAt } from './altering.ts';
import { ChartScene, openAsStaff } from './chart-scene.ts';

// The rows of the specification's table of attacks that need servers and clients. Those of pure
// code stand in packages/charts/attacks, those of a custodian alone in packages/custodian/openings.

const NODE = 'memory://node';
const VAULT = 'memory://vault';
const LETTERS = 200;

let network: ClientNetwork;
let scene: ChartScene;
beforeAll(async () => {
  network = await ClientNetwork.start(await loadCrypto(), 21);
  scene = await ChartScene.make(network);
}, 120_000);
afterEach(() => network.overrides.clear());
afterAll(() => network.close());

/** The newest header as the vault has it now. */
async function headerNow(): Promise<Uint8Array> {
  const request = { params: { chart: await scene.chart() }, query: { version: null }, body: null };
  const answer = await callRaw(getHeader, request, network.transport(VAULT));
  return (await collectBody(answer, 256 * 1024))!;
}

describe('a lying node', () => {
  it('cannot give a wallet a false key of an organisation', async () => {
    const own = network.crypto.kem.openingKey(new Uint8Array(32).fill(3)).sealingKey.bytes;
    const falsify = altering(ProofAnswer, (answer) => ({
      ...answer,
      items: answer.items.map((item) => {
        if (item.value === null || item.value.length < own.length) return item;
        const organisation = Organisation.decode(item.value);
        return { ...item, value: Organisation.encode({ ...organisation, sealingKey: own }) };
      }),
    }));
    alterAnswers(network, { origin: NODE, door: 'prove-state' }, falsify);
    const owner = await scene.ownerCopy();
    const sent = owner.charts.sendCard('general', network.id('laboratory'));
    expect(await codeOfAsync(() => sent)).toBe('PROOF_INVALID');
  });

  it('cannot change the key of an organisation unseen, even when the ledger takes it', async () => {
    const owner = await scene.ownerCopy();
    await owner.charts.sendCard('general', network.id('pharmacy'));
    const pharmacy = await network.organisation('pharmacy');
    const other = network.crypto.kem.openingKey(new Uint8Array(32).fill(4)).sealingKey.bytes;
    await pharmacy.network.update({ sealingKey: other });
    await network.pass(10);
    const sent = owner.charts.sendCard('general', network.id('pharmacy'));
    expect(await codeOfAsync(() => sent)).toBe('ORGANISATION_KEY_CHANGED');
  });

  it('cannot show an old head to who knows a newer one, nor for long to others', async () => {
    const key = organisationKey(network.id('payer'));
    const reader = await network.reader();
    const { queries } = network.node;
    const old = queries.prove({ keys: [key], height: null });
    await network.pass(5);
    await reader.ledger.head();
    alterAnswers(network, { origin: NODE, door: 'prove-state' }, () => ProofAnswer.encode(old));
    expect(await codeOfAsync(() => reader.ledger.prove([key]))).toBe('HEADER_BEHIND');
    await network.pass(61);
    const stranger = await network.reader();
    expect(await codeOfAsync(() => stranger.ledger.prove([key]))).toBe('LEDGER_STALE');
  });
});

describe('a carrier', () => {
  it('that says that it carried, and did not, is found out', async () => {
    const honest = network.honest(NODE);
    const { genesis } = network.networkFile;
    const organisation = await network.organisation('hospital-b');
    const receipt = await organisation.network.update({ name: `${genesis.chain} (synthetic)` });
    network.overrides.set(NODE, {
      name: NODE,
      send: async (request, options) => {
        if (!(request.method === 'POST' && request.target === '/v1/slots')) {
          return honest.send(request, options);
        }
        const headers = { 'content-type': 'application/cbor' };
        return { status: 200, headers, body: one(Receipt.encode(receipt)) };
      },
    });
    const owner = await scene.owner();
    const before = (await owner.charts.view('general')).current.header.version;
    const rotated = owner.charts.rotate('general');
    expect(await codeOfAsync(() => rotated)).toBeDefined();
    network.overrides.clear();
    expect((await (await scene.owner()).charts.view('general')).current.header.version).toBe(
      before,
    );
  });
});

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('a vault', () => {
  it('that serves a genuine header from before a revocation convinces no writer', async () => {
    const old = await headerNow();
    const owner = await scene.owner();
    await owner.charts.rotate('general');
    alterAnswers(network, { origin: VAULT, door: 'get-header' }, () => old);
    const hospital = await scene.organisationCopy('hospital-a');
    const written = scene.write(hospital, scene.newUnits(1));
    expect(await codeOfAsync(() => written)).toBe('HEADER_WITHHELD');
  });

  it('that serves the header of another chart convinces no writer', async () => {
    const other = await ChartScene.make(network);
    const request = { params: { chart: await other.chart() }, query: { version: null } };
    const door = network.transport(VAULT);
    const answer = await callRaw(getHeader, { ...request, body: null }, door);
    const foreign = (await collectBody(answer, 256 * 1024))!;
    alterAnswers(network, { origin: VAULT, door: 'get-header' }, () => foreign);
    const hospital = await scene.organisationCopy('hospital-a');
    const written = scene.write(hospital, scene.newUnits(1));
    expect(await codeOfAsync(() => written)).toBe('HEADER_WITHHELD');
  }, 120_000);

  it('that withholds a unit is seen to: its place is there, and says so', async () => {
    const owner = await scene.ownerCopy();
    const whole = await owner.records.list('general');
    const withhold = altering(ObjectContents, ({ objects }) => ({
      objects: objects.map((each, i) => (i === 0 ? null : each)),
    }));
    alterAnswers(network, { origin: VAULT, door: 'get-objects' }, withhold);
    const units = await owner.records.list('general');
    expect(units).toHaveLength(whole.length);
    expect(units.some(({ problem }) => problem === 'withheld')).toBe(true);
  });

  it('that withholds the seeds of an epoch gives no short list, but a refusal', async () => {
    const hospital = await scene.organisationCopy('hospital-b');
    const leaf = await scene.grant(await scene.owner());
    await (await scene.owner()).charts.rotate('general');
    const reader = await scene.organisationCopy('hospital-b');
    pretendAt(network, { origin: VAULT, door: 'get-object' });
    expect(await codeOfAsync(() => reader.access.list(leaf))).toBeDefined();
    expect(await codeOfAsync(() => hospital.access.list(leaf))).toBeDefined();
  });

  it('that drops notices leaves entries unexplained, and hides none', async () => {
    const leaf = await scene.grant(await scene.owner());
    const hospital = await scene.organisation('hospital-b');
    const [unit] = await hospital.access.list(leaf);
    const says = NoticeRefusals.encode({ refusals: [null] });
    pretendAt(network, { origin: VAULT, door: 'post-notices', says });
    await openAsStaff(hospital, { leaf, units: [unit!] });
    network.overrides.clear();
    const { openings } = await (await scene.ownerCopy()).access.log('general');
    const ours = openings.filter((each) => each.leaf.join() === leaf.join());
    expect(ours.map(({ n, isUnexplained }) => [n, isUnexplained])).toEqual([[0, true]]);
  });

  it('that shows old letters instead of all notices leaves entries unexplained too', async () => {
    const owner = await scene.ownerCopy();
    const { openings } = await owner.access.log('general');
    const drop = altering(Letters, () => ({ letters: [] }));
    alterAnswers(network, { origin: VAULT, door: 'list-notices' }, drop);
    const blind = await owner.access.log('general');
    expect(blind.openings.map(({ n }) => n)).toEqual(openings.map(({ n }) => n));
    expect(blind.openings.every(({ isUnexplained }) => isUnexplained)).toBe(true);
  });
});

describe('two vaults of a chart', () => {
  it('give its owner one and the same log, whichever notice one of them withholds', async () => {
    const both = await ClientNetwork.start(await loadCrypto(), 22, { hasSecondVault: true });
    const chart = await ChartScene.make(both, ['hospital-a', 'association']);
    const whole = await (await chart.ownerCopy()).access.log('general');
    expect(whole.refusals.length).toBeGreaterThan(3);
    for (let i = 0; i < whole.refusals.length; i++) {
      const drop = altering(Letters, ({ letters }) => ({ letters: letters.toSpliced(-1 - i, 1) }));
      alterAnswers(both, { origin: VAULT, door: 'list-notices' }, drop);
      expect(await (await chart.ownerCopy()).access.log('general')).toEqual(whole);
    }
    await both.close();
  }, 120_000);
});

describe('a flood of letters', () => {
  it('keeps no genuine one from its organisation, and none of it counts', async () => {
    const organisation = network.id('laboratory');
    const door = network.transport(VAULT);
    for (let i = 0; i < LETTERS; i++) {
      const request = { params: { organisation }, query: {}, body: network.random.bytes(300) };
      await callEndpoint(postLetter, request, door);
    }
    await (await scene.owner()).charts.sendCard('general', organisation);
    const collected = await (await scene.organisation('laboratory')).access.collect();
    expect(collected).toMatchObject({ cards: 1, grants: 0, rejected: LETTERS });
  });
});
