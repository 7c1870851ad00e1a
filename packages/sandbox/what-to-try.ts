import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@ward/protocol';
import type { KeptChart, PersonWard, UnitSummary } from '@ward/sdk';
import { openPerson } from '@ward/sdk/node';
import type { Network, SandboxOrganisation } from './network/index.ts';

const ID_LETTERS = 8;
const NAME_COLUMNS = 22;

export interface WhatToTryOptions {
  /** How a shell starts `ward` where it is not on the path. */
  readonly wardAs?: string | undefined;
}

/**
 * What a person can do with a sandbox that is up: homes, addresses, and commands for a shell, which
 * are true as they stand. Opens a wallet for a moment, to name what is in it.
 */
export async function whatToTry(
  network: Network,
  { wardAs }: WhatToTryOptions = {},
): Promise<string> {
  const { home, organisations } = network;
  const folder = join(home, 'patients');
  const wallets = existsSync(folder) ? readdirSync(folder).sort(byNumber) : [];
  // The walk has revoked and erased in the first wallet; the second one is as it was filled.
  const wallet = wallets[1] ?? wallets[0];
  const lines = [
    '',
    `Everything is in ${home}, a folder for each owner: see what each party holds.`,
    ...(wallets.length > 0
      ? [`  ${'wallets'.padEnd(NAME_COLUMNS)}${listed('patients', wallets)}`]
      : []),
    ...organisations.map((each) => `  ${each.folder.padEnd(NAME_COLUMNS)}${serversOf(each)}`),
    '',
    ...(wallet === undefined ? [] : await commands(join(folder, wallet), network, wardAs)),
    'Ctrl-C ends it.',
    '',
  ];
  return lines.join('\n');
}

function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

const SHOWN_MAX = 3;

function listed(folder: string, names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_MAX).map((name) => `${folder}/${name}`);
  const more = names.length > SHOWN_MAX ? [`… ${names.length} in all`] : [];
  return [...shown, ...more].join(', ');
}

function serversOf({ servers }: SandboxOrganisation): string {
  if (servers.length === 0) return 'no servers';
  const lines = servers.map(({ kind, origin }) => `${kind.padEnd(11)}${origin}`);
  return lines.join(`\n${' '.repeat(NAME_COLUMNS + 2)}`);
}

/** What a shell runs, one line after the other. */
async function commands(
  wallet: string,
  network: Network,
  wardAs: string | undefined,
): Promise<string[]> {
  const found = await lookInto(wallet, network);
  if (found === undefined) return [];
  const { kind, chart, unit } = found;
  const hospital = network.organisation('hospital-b');
  const [clinician] = hospital.staff;
  const node = network.nodes[0]!.origin;
  const alias = wardAs === undefined ? [] : [`alias ward=${quoted(wardAs)}`];
  return block('Try, in another terminal, as the patient:', [
    ...alias,
    `export WARD_HOME=${quoted(wallet)}`,
    `ward record list ${kind}`,
    `ward record show ${unit}`,
    `ward consent grant ${kind} --to hospital-b --purpose TREAT --for 30d`,
  ]).concat(
    block('as hospital B, to which the grant goes:', [
      `export WARD_HOME=${quoted(hospital.home)}`,
      'ward consent list --active',
      `ward record list ${chart}`,
      `ward access open ${chart} --unit ${unit} --reason consultation \\`,
      `  --staff ${quoted(clinician!.name)}`,
    ]),
    block('as the patient again, who sees it and takes the grant back:', [
      `export WARD_HOME=${quoted(wallet)}`,
      `ward access log ${kind}`,
      'ward consent revoke hospital-b',
      'ward access verify',
    ]),
    block('as anybody who has the network file:', [
      'ward ledger verify',
      'ward ledger status --output json',
      `curl --silent ${node}/v1/status`,
    ]),
  );
}

function block(title: string, lines: readonly string[]): string[] {
  return [title, ...lines.map((line) => `  ${line}`), ''];
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A chart of a wallet with something in it, and its last unit. */
async function lookInto(path: string, network: Network) {
  const { ward, close } = await openPerson({ path, clock: network.clock, carrierDelayMsMax: 0 });
  try {
    for (const kept of ward.keys.charts.filter(({ isErased }) => !isErased)) {
      const unit = (await openUnits(kept, ward)).at(-1);
      if (unit === undefined) continue;
      return { kind: kept.kind, chart: shortHex(kept.chart), unit: shortHex(unit.label!) };
    }
    return undefined;
  } finally {
    close();
  }
}

async function openUnits({ chart }: KeptChart, ward: PersonWard): Promise<UnitSummary[]> {
  const units = await ward.records.list(chart);
  return units.filter(
    ({ label, isErased, problem }) => label !== undefined && !isErased && problem === undefined,
  );
}

function shortHex(id: Uint8Array): string {
  return toHex(id).slice(0, ID_LETTERS);
}
