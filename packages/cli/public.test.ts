import { readFileSync } from 'node:fs';
import type { Json } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import {
  type CommandActor,
  type CommandOptions,
  CommandStage,
  wordsOf,
} from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { afterAll, describe, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 9);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const { networkPath } = stage;
const registrar = stage.at(await stage.organisationHome('registrar'));
const hospital = stage.at(await stage.organisationHome('hospital-a'));
const clinic = stage.at(stage.path('clinic'));
const anybody = stage.at(stage.path('nowhere'));
const application = stage.path('clinic', 'application.json');
const shapes = new GoldenShapes();

/** CBOR that is no answer to anything. */
async function* emptyMap() {
  yield Uint8Array.of(0xa0);
}

async function golden<T>(who: CommandActor, line: string, options?: CommandOptions): Promise<T> {
  const json = await who.json<Json>(line, options);
  shapes.keep(wordsOf(line), json, who === anybody ? 'anybody' : 'organisation');
  return json as T;
}

describe('an organisation joins', () => {
  const create = `org create --network ${networkPath} --name "Village clinic" --role provider`;

  it('with an application that a registrar admits', async () => {
    expect(await clinic.refusal(`${create} --inbox memory://vault`)).toBe('ARGUMENT_INVALID 2');
    await golden(clinic, `${create} --inbox https://inbox.example`);
    expect(await hospital.refusal(`org admit ${application} --yes`)).toBe('SIGNER_ROLE 1');
    expect(await registrar.refusal(`org admit ${application}`)).toBe('FLAG_NEEDED 2');
    expect(await registrar.refusal(`org admit ${networkPath} --yes`)).toBe('FILE_INVALID 1');
    await golden(registrar, `org admit ${application} --yes`);
    const { organisations } = await golden<{ organisations: { name: string }[] }>(
      anybody,
      `org list --network ${networkPath}`,
    );
    expect(organisations.map(({ name }) => name)).toContain('Village clinic');
  });

  it('and writes its application anew in the same home', async () => {
    const again = await clinic.json<{ name: string }>('org create --role payer');
    expect(again.name).toBe('Village clinic');
  });

  it('and changes what it says of itself', async () => {
    await golden(clinic, 'org update --name "Town clinic" --inbox https://other.example');
    const { output } = await clinic.run('org list', { columns: 80 });
    expect(output).toContain('Town clinic');
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('and is suspended, and reinstated', async () => {
    await golden(registrar, 'org suspend "Town clinic" --yes');
    expect(await clinic.refusal('org update --name Other')).toBe('ORGANISATION_SUSPENDED 1');
    await golden(registrar, 'org reinstate town-clinic --yes');
    await clinic.json('org update --name "Village clinic"');
  });

  it('and enrols staff, also with a key of their own, and ends them', async () => {
    const key = `--public-key ${'5a'.repeat(31)}`;
    expect(await clinic.refusal(`org staff add "Dr Short" ${key}`)).toBe('ARGUMENT_INVALID 2');
    await golden(clinic, 'org staff add "Dr Ada Example" --role physician');
    await golden(clinic, 'org staff end "Dr Ada"');
    expect(await clinic.json('org staff list')).toEqual({ staff: [] });
    const { staff } = await golden<{ staff: unknown[] }>(clinic, 'org staff list --ended');
    expect(staff).toHaveLength(1);
  });
});

describe('the ledger shows itself to anybody', () => {
  const at = `--network ${networkPath}`;

  it('by its newest block, and what a node says of itself apart', async () => {
    const { head } = await golden<{ head: { height: number } }>(anybody, `ledger status ${at}`);
    expect(head.height).toBeGreaterThan(3);
    expect(await anybody.refusal('ledger status')).toBe('OWNER_HOME_MISSING 1');
    expect((await anybody.run(`ledger status ${at}`)).output).toContain('not proved');
  });

  it('by blocks and transactions, without calling old blocks a lie', async () => {
    const { transactions } = await golden<{ transactions: { id: string }[] }>(
      anybody,
      `ledger block 3 ${at}`,
    );
    const { id } = transactions[0]!;
    const found = await golden(anybody, `ledger tx ${id} ${at}`);
    expect(found).toMatchObject({ transaction: id, height: 3, applied: true, refusal: null });
    const own = await registrar.run('ledger block 3');
    expect(own.errors).toBe('');
    expect(await anybody.refusal(`ledger tx ${'0'.repeat(64)} ${at}`)).toBe(
      'TRANSACTION_UNKNOWN 1',
    );
    expect(await anybody.refusal(`ledger tx abc ${at}`)).toBe('ARGUMENT_INVALID 2');
  });

  it('by proofs, of what is there and of what is not', async () => {
    const directory = await golden<Json>(anybody, `ledger prove directory ${at}`);
    expect(directory).toMatchObject({ present: true });
    const nothing = await anybody.json(`ledger prove slot:${'00'.repeat(32)} ${at}`);
    expect(nothing).toMatchObject({ present: false, value: null });
    expect(await anybody.refusal(`ledger prove slot:00 ${at}`)).toBe('ARGUMENT_INVALID 2');
    expect((await anybody.run(`ledger prove parameters ${at}`)).output).toContain('decideVersion');
  });

  it('by its whole chain, verified', async () => {
    const walked = await golden<{ applied: number; refused: number }>(
      anybody,
      `ledger verify ${at}`,
    );
    expect(walked).toMatchObject({ verified: true, refused: 0 });
    expect(walked.applied).toBeGreaterThan(3);
  });

  it('by a dump of one JSON value a line', async () => {
    const out = stage.path('dump.ndjson');
    expect(await anybody.refusal(`ledger dump ${at}`)).toBe('FLAG_NEEDED 2');
    const dump = await golden<{ blocks: number; transactions: number; keys: number }>(
      anybody,
      `ledger dump --out ${out} ${at}`,
    );
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds.filter((kind) => kind === 'block')).toHaveLength(dump.blocks);
    expect(kinds.filter((kind) => kind === 'state')).toHaveLength(dump.keys);
    expect(await anybody.refusal(`ledger dump --out ${out} ${at}`)).toBe('FILE_EXISTS 1');
  });

  it('not at all when nobody answers, and says that one may try again', async () => {
    network.silence('memory://node');
    expect(await anybody.refusal(`ledger status ${at}`)).toBe('SERVER_UNREACHABLE 3');
    network.overrides.clear();
  });

  it('and never in a way that does not verify', async () => {
    const { transport } = network.node;
    network.overrides.set('memory://node', {
      name: 'memory://node',
      async send(request, options) {
        const answer = await transport.send(request, options);
        if (!request.target.includes('/v1/proofs')) return answer;
        return { ...answer, body: emptyMap() };
      },
    });
    expect(await anybody.refusal(`ledger prove directory ${at}`)).toBe('ANSWER_INVALID 4');
    network.overrides.clear();
  });
});

describe('what all of this prints for programs', () => {
  it('has the shape that is written down', async () => {
    await expect(shapes.text).toMatchFileSnapshot('shapes/public.txt');
  });
});
