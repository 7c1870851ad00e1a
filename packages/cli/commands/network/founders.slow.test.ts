import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBeginning, getPromotion } from '@ward/ledger/schema';
import { callEndpoint } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { loadNetworkFile } from '@ward/sdk/node';
import { freeAddresses, isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { freePort, type RunningWard, runWardProcess, startWard } from '@ward/testkit/ward-process';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-founders-'));
const clinic = join(folder, 'clinic');
const FOUNDERS = ['laboratory', 'pharmacy', 'payer'] as const;
const running: RunningWard[] = [];
const shapes = new GoldenShapes();
const WHOLE_MS_MAX = 240_000;
const home = (name: string) => join(folder, name);

afterAll(async () => {
  for (const ward of running.splice(0).reverse()) await ward.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

/** Runs a line over a home that has to go well. @returns What it printed for programs. */
async function run(line: string, at = clinic) {
  const argv = ['--home', at, '--output', 'json', ...wordsOf(line)];
  const { exitCode, output, errors } = await runWardProcess(argv);
  expect({ exitCode, errors: exitCode === 0 ? '' : errors + output }).toEqual({
    exitCode: 0,
    errors: '',
  });
  return JSON.parse(output);
}

function start(at: string, port: number): RunningWard {
  const listen = ['--listen', `127.0.0.1:${port}`, '--ops-listen', '127.0.0.1:0'];
  const ward = startWard(['--home', at, 'node', 'start', ...listen]);
  running.push(ward);
  return ward;
}

describe.skipIf(isWithoutCometbft)('founders with machines of their own', () => {
  it('begin a network with the clinic whose ledger is promoted, and others join it lightly', {
    timeout: WHOLE_MS_MAX,
  }, async () => {
    const [peer, ...peers] = await freeAddresses(4);
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    await run(`node init --name Clinic --role provider --origin ${origin}`);
    const alone = start(clinic, port);
    await alone.said(/listens on/);
    const written = await run(`org update --name "Village clinic"`);
    await alone.end('SIGTERM');

    const files: string[] = [];
    const ports: number[] = [];
    for (const [i, name] of FOUNDERS.entries()) {
      ports.push(await freePort());
      const own = `--origin http://127.0.0.1:${ports[i]} --peer ${peers[i]}`;
      const line = `network found ${join(clinic, 'network.json')} --name ${name} --role ${name}`;
      const found = await run(`${line} ${own}`, home(name));
      if (i === 0) shapes.keep(wordsOf(line), found, 'operator');
      files.push(`--founder ${found.founder}`);
    }
    const passphrase = join(folder, 'passphrase');
    writeFileSync(passphrase, 'a long and synthetic passphrase\n');
    const backup = `--backup ${join(folder, 'clinic.age')} --passphrase-file ${passphrase}`;
    const promoted = await run(`network promote ${backup} --peer ${peer} ${files.join(' ')} --yes`);
    const firstState = join(clinic, 'node', 'first-state');
    for (const name of FOUNDERS) {
      const line = `network join ${promoted.invitation} --first-state ${firstState}`;
      const joined = await run(line, home(name));
      expect(joined.plan).toBe(promoted.plan);
    }
    const lights = await freeAddresses(2);
    for (const [i, name] of ['laboratory', 'pharmacy'].entries()) {
      const settings = JSON.stringify({ 'light-listen': lights[i] });
      writeFileSync(join(home(name), 'node', 'config.json'), settings);
    }
    const nodes = [start(clinic, port), ...FOUNDERS.map((name, i) => start(home(name), ports[i]!))];
    await Promise.all(nodes.map((node) => node.said(/listens on/)));
    const { head } = await run('ledger status', home('pharmacy'));
    expect(head.height).toBeGreaterThan(promoted.height);
    const { validators } = await run('network validators', home('payer'));
    expect(validators.map(({ power }: { power: number }) => power)).toEqual([1, 1, 1, 1]);
    const before = await run(`ledger tx ${written.transaction}`, home('laboratory'));
    expect(before.height).toBe(written.height);
    expect(loadNetworkFile(home('payer')).genesis.chain).toBe('ward-2');

    const [late] = await freeAddresses(1);
    const latePort = await freePort();
    const at = `--origin http://127.0.0.1:${latePort} --peer ${late}`;
    const doors = lights.map((door) => `--light http://${door}`).join(' ');
    await run(`network join ${promoted.invitation} --name Late ${at} ${doors}`, home('late'));
    await start(home('late'), latePort).said(/listens on/);
    // It never had a block of the chain that ended, and proves to its clients how that went on.
    const call = { params: {}, query: {}, body: null };
    const transport = httpTransport(`http://127.0.0.1:${latePort}`);
    const answer = await callEndpoint(getPromotion, call, transport);
    const { genesis } = loadNetworkFile(home('late'));
    checkBeginning(answer, genesis, await loadCrypto());
    expect(answer.last.header.height).toBe(promoted.height);
    await expect(shapes.text).toMatchFileSnapshot('../../shapes/founders.txt');
  });
});
