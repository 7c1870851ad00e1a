import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNodeHome, takeOrders } from '@ward/node';
import type { Json } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { loadNetworkFile } from '@ward/sdk/node';
import { ClientNetwork } from '@ward/testkit/client-network';
import { CommandStage, wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { freePort } from '@ward/testkit/ward-process';
import { vaultInit } from '@ward/vault';
import { afterAll, describe, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 9);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const home = stage.path('operated');
const operator = stage.at(home);
const shapes = new GoldenShapes();

async function golden<T>(line: string): Promise<T> {
  const json = await operator.json<Json>(line);
  shapes.keep(wordsOf(line), json, 'operator');
  return json as T;
}

function configure(settings: object): void {
  mkdirSync(join(home, 'node'), { recursive: true });
  writeFileSync(join(home, 'node', 'config.json'), JSON.stringify(settings));
}

interface Settings {
  readonly settings: readonly { readonly name: string; value: string; from: string }[];
}

describe('an operator', () => {
  it('sees each setting of a server, and where it comes from', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`;
    await operator.json(`node init --name Clinic --role provider --origin ${origin}`);
    configure({ 'keep-blocks': 1000 });
    const { settings } = await golden<Settings>('config show node');
    expect(settings).toContainEqual({ name: 'keep-blocks', value: '1000', from: 'file' });
    expect(settings).toContainEqual({ name: 'workers', value: '0', from: 'default' });
    expect(settings).toContainEqual({ name: 'home', value: join(home, 'node'), from: 'flag' });
    expect(JSON.stringify(settings)).not.toContain('key');
  });

  it('sees those of a witness, and those of a file that is named', async () => {
    const { settings } = await operator.json<Settings>('config show witness');
    expect(settings).toContainEqual({ name: 'proxies', value: '0', from: 'default' });
    const named = join(home, 'other.json');
    writeFileSync(named, JSON.stringify({ 'keep-blocks': 7 }));
    const other = await operator.json<Settings>(`config show node --config ${named}`);
    expect(other.settings).toContainEqual({ name: 'keep-blocks', value: '7', from: 'file' });
  });

  it('is told of a setting that there is not', async () => {
    configure({ 'keep-block': 1000 });
    expect(await operator.refusal('config show node')).toBe('CONFIG_KEY_UNKNOWN 1');
  });

  it('is told what keeps a node from working, and how to mend it', async () => {
    configure({ listen: `127.0.0.1:${await freePort()}`, 'ops-listen': '127.0.0.1:0' });
    const well = await operator.json<{ findings: object[] }>('doctor');
    expect(well.findings).toEqual([]);
    configure({ listen: '192.0.2.1:80', 'ops-listen': '127.0.0.1:0' });
    const { exitCode, output } = await operator.run('--output json doctor');
    const told = JSON.parse(output) as { findings: { fault: string }[] };
    shapes.keep(['doctor'], told as never, 'operator');
    expect([exitCode, told.findings.map(({ fault }) => fault)]).toEqual([4, ['taken-port']]);
  });

  it('is told of vault and custodian beside it, once where both have the same', async () => {
    const hospital = stage.at(await stage.organisationHome('hospital-b'));
    for (const kind of ['vault', 'custodian']) {
      await hospital.json(`${kind} init --origin http://127.0.0.1:${await freePort()}`);
      const settings = { listen: `127.0.0.1:${await freePort()}`, 'ops-listen': '127.0.0.1:0' };
      writeFileSync(join(hospital.home, kind, 'config.json'), JSON.stringify(settings));
    }
    const servers = ['vault', 'custodian'].map((kind) => ({ kind, running: false }));
    expect(await hospital.json('doctor')).toEqual({ servers, findings: [] });
    const vault = stage.at(join(hospital.home, 'vault'));
    expect(await vault.json('doctor')).toEqual({ servers: [servers[0]], findings: [] });
    for (const kind of ['vault', 'custodian']) rmSync(join(hospital.home, kind, 'service.key'));
    const [origin] = network.networkFile.nodes as [string];
    network.overrides.set(origin, { name: origin, send: () => Promise.reject(new Error('away')) });
    const { exitCode, output } = await hospital.run('doctor');
    network.overrides.delete(origin);
    expect(exitCode).toBe(4);
    expect(output.match(/^\S.*/gm)).toEqual([
      'wrong-key (vault): service.key is missing, or is no key.',
      'wrong-key (custodian): service.key is missing, or is no key.',
      `unreachable-peer (vault, custodian): ${origin} does not answer.`,
    ]);
    expect(await stage.at(stage.path('nobody')).refusal('doctor')).toBe('HOME_MISSING 1');
  });

  it('is not told that a node does not answer which stands stopped beside them', async () => {
    configure({ listen: `127.0.0.1:${await freePort()}`, 'ops-listen': '127.0.0.1:0' });
    const { organisation, serviceSeed } = await loadNodeHome(join(home, 'node'));
    const networkFile = loadNetworkFile(home);
    await vaultInit({ organisation, networkFile, serviceSeed }, join(home, 'vault'));
    const settings = { listen: `127.0.0.1:${await freePort()}`, 'ops-listen': '127.0.0.1:0' };
    writeFileSync(join(home, 'vault', 'config.json'), JSON.stringify(settings));
    const { servers, findings } = await operator.json<{ servers: object[]; findings: object[] }>(
      'doctor',
    );
    expect([servers.length, findings]).toEqual([2, []]);
    const alone = await stage.at(join(home, 'vault')).run('--output json doctor');
    expect(alone.output).toContain('unreachable-peer');
    rmSync(join(home, 'vault'), { recursive: true });
  });

  it('has a node that runs prune its blocks and make a snapshot', async () => {
    const kept: number[] = [];
    const end = await takeOrders(join(home, 'node'), {
      prune: async (count) => kept.push(count),
      makeSnapshot: async () => 5000,
    });
    expect(await golden('node prune --keep 600 --yes')).toEqual({ oldest: 1 });
    expect(await golden('node snapshot')).toEqual({ height: 5000 });
    expect(kept).toEqual([600]);
    await end();
    expect(await operator.refusal('node snapshot')).toBe('NODE_NOT_RUNNING 3');
  });

  it('prints for programs what is written down', async () => {
    await expect(shapes.of(['config', 'doctor', 'node'])).toMatchFileSnapshot(
      './shapes/operators.txt',
    );
  });
});
