import { type Endpoint, endpointCatalogue } from '@ward/protocol';
import type { ClientNetwork } from '../client-network.ts';
import { answerSchema } from './lies.ts';
import type { Scenario } from './scenario.ts';
import { fieldsOf } from './schema-fields.ts';
import { type TellOptions, type ToldLie, tellLies } from './tell-lies.ts';

/** What became of all lies of one run. */
export interface HostileRun {
  readonly told: readonly ToldLie[];
  /** Lies that were believed, or that broke the client. */
  readonly failures: readonly ToldLie[];
  /** Fields of answers of these doors that no lie was told about, and doors without any. */
  readonly uncovered: readonly string[];
}

const GOOD = ['rejected', 'true', 'shown'];

/**
 * Tells the lies of all scenarios.
 *
 * @param doors Endpoints that these scenarios have to cover, field by field.
 */
export async function runHostile(
  scenarios: readonly Scenario[],
  doors: readonly string[],
  options: Omit<TellOptions, 'connect'> & { readonly network: ClientNetwork },
): Promise<HostileRun> {
  const { network, ...rest } = options;
  const told: ToldLie[] = [];
  const failures: ToldLie[] = [];
  for (const scenario of scenarios) {
    const connect = (origin: string) => network.transport(origin);
    for await (const lie of tellLies(scenario, { ...rest, connect })) {
      told.push(lie);
      const isGood =
        scenario.isUnstoppable === true ? lie.fate === 'true' : GOOD.includes(lie.fate);
      if (!isGood) failures.push(lie);
    }
  }
  return { told, failures, uncovered: doors.flatMap((name) => uncoveredOf(name, told)) };
}

/** Fields of an answer about which no lie was told. */
function uncoveredOf(name: string, told: readonly ToldLie[]): string[] {
  const endpoint = endpointCatalogue().get(name);
  if (endpoint === undefined) return [`${name}: no such door`];
  const lies = told.filter((lie) => lie.endpoint === name);
  if (lies.length === 0) return [`${name}: no scenario`];
  const lied = new Set(lies.map(({ field }) => field));
  return fieldsOfAnswer(endpoint)
    .filter((field) => !lied.has(field))
    .map((field) => `${name}: ${field}`);
}

/** Every field of a door's answer; none where it is raw bytes, or nothing. */
export function fieldsOfAnswer(endpoint: Endpoint): string[] {
  const schema = answerSchema(endpoint);
  return schema === undefined ? [] : fieldsOf(schema);
}

/** One row for each door: lies told, and how many were rejected, of no effect, or shown. */
export function tableOf({ told }: HostileRun): string {
  const doors = [...new Set(told.map(({ endpoint }) => endpoint))].sort();
  const head = ['door', 'fields', 'lies', 'rejected', 'no effect', 'shown', 'believed'];
  const rows = doors.map((door) => {
    const lies = told.filter(({ endpoint }) => endpoint === door);
    const count = (...fates: string[]) => lies.filter(({ fate }) => fates.includes(fate)).length;
    const fields = fieldsOfAnswer(endpointCatalogue().get(door)!).length;
    const believed = lies.length - count(...GOOD);
    return [door, fields, lies.length, count('rejected'), count('true'), count('shown'), believed];
  });
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => `${row[i]}`.length)));
  const line = (row: readonly unknown[]) =>
    row.map((cell, i) => (i === 0 ? `${cell}`.padEnd(widths[i]!) : `${cell}`.padStart(widths[i]!)));
  return [head, ...rows].map((row) => line(row).join('  ')).join('\n');
}

/** Failures as a test prints them. */
export function describeFailures(failures: readonly ToldLie[]): string[] {
  return failures.map(
    ({ scenario, endpoint, call, lie, fate, detail }) =>
      `${fate}: ${scenario}: ${endpoint} (${call}): ${lie}: ${detail}`,
  );
}
