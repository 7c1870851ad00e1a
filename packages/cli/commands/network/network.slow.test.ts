import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeAddresses, isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { freePort, type RunningWard, runWardProcess, startWard } from '@ward/testkit/ward-process';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-network-'));
const net = join(folder, 'net');
const clinic = join(folder, 'clinic');
const invitation = join(folder, 'invitation.json');
const running: RunningWard[] = [];
const lights: string[] = [];
const shapes = new GoldenShapes();
/** What other tests do not print. */
const OWN = /^(network (init|up|invite|join)|node publish)/;
const WHOLE_MS_MAX = 240_000;

afterAll(async () => {
  for (const ward of running.splice(0).reverse()) await ward.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

/** Runs a line over a home that has to go well. @returns What it printed for programs. */
async function run(home: string, line: string) {
  const argv = ['--home', home, '--output', 'json', ...wordsOf(line)];
  const { exitCode, output, errors } = await runWardProcess(argv);
  expect({ exitCode, errors: exitCode === 0 ? '' : errors + output }).toEqual({
    exitCode: 0,
    errors: '',
  });
  const json = JSON.parse(output);
  if (OWN.test(line)) shapes.keep(wordsOf(line), json, 'operator');
  return json;
}

async function refusalOf(home: string, line: string): Promise<string> {
  const argv = ['--home', home, '--output', 'json', ...wordsOf(line)];
  const { output } = await runWardProcess(argv);
  return JSON.parse(output).error.code;
}

const member = (number: number) => join(net, `organisation-${number}`);

/** The first proposes, as many others as are needed agree. */
async function decide(line: string): Promise<void> {
  const { proposal: number, missing } = await run(member(1), `network propose ${line} --yes`);
  for (let voter = 2; voter < 2 + missing; voter++) {
    await run(member(voter), `network vote ${number} yes --yes`);
  }
  const after = await run(member(1), `network proposal show ${number}`);
  expect(after.state).toBe('executed');
}

describe.skipIf(isWithoutCometbft)('ward network', () => {
  it('founds a network, and refuses a folder that has something in it', async () => {
    const { organisations, network } = await run(net, 'network init --organisations 4');
    expect(organisations).toHaveLength(4);
    const file = JSON.parse(readFileSync(join(member(3), 'network.json'), 'utf8'));
    expect(file.network).toBe(network);
    expect(file.nodes).toHaveLength(4);
    expect(await refusalOf(net, 'network init')).toBe('SANDBOX_HOME_INVALID');
    expect(await refusalOf(folder, 'network up')).toBe('SANDBOX_HOME_INVALID');
  });

  it('lets its nodes make snapshots, and show headers to nodes that join', async () => {
    const doors = await freeAddresses(2);
    for (const [i, door] of doors.entries()) {
      const settings = { 'snapshot-blocks': 10, 'light-listen': door };
      writeFileSync(join(member(i + 1), 'node', 'config.json'), JSON.stringify(settings));
      lights.push(`--light http://${door}`);
    }
  });

  it('runs it until every node has a height', { timeout: WHOLE_MS_MAX }, async () => {
    const { height, nodes } = await run(net, 'network up --until-height 3');
    expect(height).toBeGreaterThanOrEqual(3);
    expect(nodes).toHaveLength(4);
  });

  it('runs it, and takes in a newcomer that its members vote for', {
    timeout: WHOLE_MS_MAX,
  }, async () => {
    const up = startWard(['--home', net, 'network', 'up']);
    running.push(up);
    await up.said(/height [1-9]\d+, [\d.]+ transactions a second/);
    await run(member(2), `network invite --out ${invitation}`);
    const [peer] = await freeAddresses(1);
    const origin = `http://127.0.0.1:${await freePort()}`;
    const line = `network join ${invitation} --name Clinic --role provider --origin ${origin}`;
    expect(await refusalOf(clinic, `${line} ${lights[0]}`)).toBe('FLAG_NEEDED');
    const joined = await run(clinic, `${line} --peer ${peer} ${lights.join(' ')}`);
    expect(await refusalOf(clinic, `network join ${invitation} --name Clinic`)).toBe(
      'OWNER_HOME_TAKEN',
    );
    const listen = ['--listen', new URL(origin).host, '--ops-listen', '127.0.0.1:0'];
    const node = startWard(['--home', clinic, 'node', 'start', ...listen]);
    running.push(node);
    await node.said(/listens on/);
    const answer = await fetch(`${origin}/v1/status`);
    const { oldestHeight } = (await answer.json()) as { oldestHeight: number };
    expect(oldestHeight % 10).toBe(1);
    expect(oldestHeight).toBeGreaterThan(1);
    expect(existsSync(join(clinic, 'node', 'state-sync.json'))).toBe(false);
    await decide(`admit ${joined.application}`);
    const published = await run(clinic, 'node publish');
    expect(published.origin).toBe(origin);
    expect(await run(clinic, 'node publish')).toEqual(published);
    await run(clinic, 'network validator register --yes');
    await decide(`add-validator ${joined.account}`);
    const { validators } = await run(clinic, 'network validators');
    expect(validators.map(({ power }: { power: number }) => power)).toEqual([1, 1, 1, 1, 1]);
  });

  it('prints for programs what is written down', async () => {
    await expect(shapes.text).toMatchFileSnapshot('../../shapes/network.txt');
  });
});
