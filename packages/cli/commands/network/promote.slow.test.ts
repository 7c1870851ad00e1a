import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeAddresses, isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { freePort, type RunningWard, runWardProcess, startWard } from '@ward/testkit/ward-process';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-promote-'));
const clinic = join(folder, 'clinic');
const net = join(folder, 'net');
const anna = join(folder, 'anna');
const running: RunningWard[] = [];
const shapes = new GoldenShapes();
const WHOLE_MS_MAX = 240_000;
const CROSSED = /ward-1 ended at block \d+, and ward-2 goes on/;

afterAll(async () => {
  for (const ward of running.splice(0).reverse()) await ward.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

async function run(line: string, home = clinic) {
  const argv = ['--home', home, '--output', 'json', ...wordsOf(line)];
  const { exitCode, output, errors } = await runWardProcess(argv);
  expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, output: '' });
  return { json: JSON.parse(output), errors };
}

async function refusalOf(line: string): Promise<string> {
  const { output } = await runWardProcess(['--home', clinic, '--output', 'json', ...wordsOf(line)]);
  return JSON.parse(output).error.code;
}

describe.skipIf(isWithoutCometbft)('ward network promote', () => {
  it('makes a clinic a network of four, once, and everybody crosses over', {
    timeout: WHOLE_MS_MAX,
  }, async () => {
    const port = await freePort();
    const [peer] = await freeAddresses(1);
    const origin = `http://127.0.0.1:${port}`;
    await run(`node init --name Clinic --role provider --origin ${origin}`);
    await run(`wallet create --name Anna --network ${join(clinic, 'network.json')}`, anna);
    const passphrase = join(folder, 'passphrase');
    writeFileSync(passphrase, 'a long and synthetic passphrase\n');
    const backup = `--backup ${join(folder, 'clinic.age')} --passphrase-file ${passphrase}`;
    const line = `network promote ${backup} --organisations 4 --peer ${peer}`;
    expect(await refusalOf(`${line} --yes`)).toBe('FLAG_NEEDED');
    expect(await refusalOf(`${line} --into ${net}`)).toBe('FLAG_NEEDED');
    const { json } = await run(`${line} --into ${net} --yes`);
    shapes.keep(wordsOf(line), json, 'operator');
    expect(json.chain).toBe('ward-2');
    expect(json.organisations).toHaveLength(3);
    expect(existsSync(join(folder, 'clinic.age'))).toBe(true);
    const again = await run(`${line} --into ${net} --yes`);
    expect(again.json).toMatchObject({ chain: 'ward-2', height: json.height });
    const flags = ['--listen', `127.0.0.1:${port}`, '--ops-listen', '127.0.0.1:0'];
    const others = startWard(['--home', net, 'network', 'up']);
    running.push(others, startWard(['--home', clinic, 'node', 'start', ...flags]));
    await others.said(/height [1-9]\d+, [\d.]+ transactions a second/);
    const first = await run('network validators', anna);
    expect(first.json.validators).toHaveLength(4);
    expect(first.errors).toMatch(CROSSED);
    const status = await run('ledger status', anna);
    expect(status.json.chain).toBe('ward-2');
    expect(status.json.head.height).toBeGreaterThan(json.height);
    expect(status.errors).not.toMatch(CROSSED);
    const { json: own, errors } = await run('ledger status');
    expect(own.chain).toBe('ward-2');
    expect(errors).not.toMatch(CROSSED);
    await expect(shapes.text).toMatchFileSnapshot('../../shapes/promote.txt');
  });
});
