import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions, BenchRow } from './bench-row.ts';

const FOLDER = import.meta.dirname;
const USAGE = 'npm run bench -- NAME… [--quick | --full] [--json FILE]';

interface Bench {
  run(options: BenchOptions): Promise<BenchRow[]>;
}

/** What a figure depends on besides the code. */
function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    openssl: process.versions.openssl,
  };
}

function benchNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'))
    .filter((name) => !['bench', 'bench-row'].includes(name));
}

/** Four significant digits, and thousands apart. */
function figure(value: number | null): string {
  if (value === null) return '';
  const rounded = Number(value.toPrecision(4));
  const [whole, fraction] = String(rounded).split('.');
  const grouped = whole!.replaceAll(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function cells({ metric, value, unit, baseline, ratio, target, held }: BenchRow): string[] {
  const verdict = held === null ? '' : held ? 'held' : 'MISSED';
  return [metric, figure(value), unit, figure(baseline), figure(ratio), figure(target), verdict];
}

function table(rows: readonly BenchRow[]): string {
  const head = ['metric', 'value', 'unit', 'baseline', 'ratio', 'target', ''];
  const lines = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const isText = (column: number) => column === 0 || column === 2 || column === 6;
  const pad = (cell: string, column: number) =>
    isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

async function runBench(name: string, options: BenchOptions): Promise<BenchRow[]> {
  const { run } = (await import(join(FOLDER, `${name}.ts`))) as Bench;
  return run(options);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      full: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  const known = benchNames();
  const unknown = positionals.filter((name) => !known.includes(name));
  if (positionals.length === 0 || unknown.length > 0) {
    console.error(`${USAGE}\nThere are: ${known.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const about = machine();
  const { cpu, cores, memoryBytes, node } = about;
  console.log(`${cores} × ${cpu}, ${figure(memoryBytes / 2 ** 30)} GiB, Node ${node}\n`);
  const reports: { bench: string; machine: typeof about; rows: BenchRow[] }[] = [];
  for (const bench of positionals) {
    const rows = await runBench(bench, values);
    console.log(`${table(rows)}\n`);
    reports.push({ bench, machine: about, rows });
  }
  if (values.json !== undefined) {
    const content = reports.length === 1 ? reports[0] : reports;
    writeFileSync(values.json, `${JSON.stringify(content, null, 2)}\n`);
  }
  if (reports.some(({ rows }) => rows.some(({ held }) => held === false))) process.exitCode = 1;
}

await main();
