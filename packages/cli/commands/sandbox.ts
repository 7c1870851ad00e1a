import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Json } from '@ward/protocol';
import { defineCommand, type Outcome } from '../frame/define-command.ts';
import { onFiles } from '../frame/files.ts';
import { flag, integer, many, optional, path } from '../frame/parameters.ts';
import type { Session } from '../frame/session.ts';

const PATIENTS_MAX = 100;
/** As many as there are organisations in a sandbox. */
const NODES_MAX = 7;
const PATIENTS_DEFAULT = 3;
const SEED_DEFAULT = 1;
const COLUMNS_DEFAULT = 80;

export const sandbox = defineCommand({
  name: 'sandbox',
  summary: 'Run a whole network on this machine and walk through what Ward does',
  details:
    'Seven organisations, a node, two vaults and five custodians, each a process of its own, and ' +
    'synthetic patients with FHIR R4 life stories. Twelve steps are walked aloud, each with what ' +
    'was proved; then the sandbox stays up until Ctrl-C and says what to try. With --home ' +
    'everything stays in that folder, one folder for each owner; the same command opens it ' +
    'again. With --organisations 4 four of them run a node, validators of one ledger on CometBFT ' +
    'that none of them owns. Exit status 0 only if every step held.',
  owner: 'nobody',
  options: {
    once: flag('end after the walk'),
    json: flag('print the steps as one JSON document, and end after the walk'),
    patients: optional(
      integer('COUNT', { min: 1, max: PATIENTS_MAX }, 'how many patients to make up'),
      `${PATIENTS_DEFAULT}`,
    ),
    seed: optional(
      integer('NUMBER', { min: 0, max: 0xffff_ffff }, 'the same number makes the same patients'),
      `${SEED_DEFAULT}`,
    ),
    organisations: optional(
      integer('COUNT', { min: 1, max: NODES_MAX }, 'how many of the seven run a node'),
      '1',
    ),
    bundle: many(path('FILE...', 'FHIR R4 bundles of your own, instead of made up patients')),
  },
  examples: [
    'ward sandbox',
    'ward sandbox --once --patients 10 --seed 7',
    'ward sandbox --once --organisations 4',
    'ward sandbox --home try-ward --bundle patient-1.json patient-2.json',
  ],
  async run({ options }, session): Promise<Outcome> {
    const wantsJson = options.json || session.wantsJson;
    const bundles = options.bundle.map((file) => ({
      name: basename(file),
      bytes: new Uint8Array(onFiles(() => readFileSync(file))),
    }));
    const stage = new SandboxStage(session, wantsJson);
    const { runSandbox } = await import('@ward/sandbox');
    const exitCode = await runSandbox({
      ...{ once: options.once, json: wantsJson, bundles, stage },
      ...(session.isHomeNamed ? { home: session.home } : {}),
      nodes: options.organisations ?? 1,
      patients: options.patients ?? PATIENTS_DEFAULT,
      seed: options.seed ?? SEED_DEFAULT,
      wardAs: wardOfClone(session.platform.environment),
    });
    const steps = await stage.end();
    return {
      json: steps === '' ? [] : (JSON.parse(steps) as Json),
      exitCode,
      show: (screen) => {
        if (steps !== '') screen.line(steps.trimEnd());
      },
    };
  },
});

/** In a clone, where npm started this and no `ward` is on the path. */
function wardOfClone({
  npm_lifecycle_event: script,
  npm_package_json: manifest,
}: Session['platform']['environment']): string | undefined {
  if (manifest === undefined || !(script === 'start' || script === 'ward')) return undefined;
  return `node ${join(dirname(manifest), 'tools/bootstrap.mjs')} packages/cli/ward.ts`;
}

/** What the sandbox tells goes to the terminal at once; a document for programs is kept. */
class SandboxStage {
  readonly columns: number;
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  readonly #terminal: Session['platform']['terminal'];
  readonly #keeps: boolean;
  #kept = '';
  #written: Promise<void> = Promise.resolve();

  constructor({ platform: { terminal } }: Session, keeps: boolean) {
    this.columns = terminal.columns ?? COLUMNS_DEFAULT;
    this.isTerminal = terminal.columns !== undefined;
    this.hasColour = terminal.colours.output;
    this.#terminal = terminal;
    this.#keeps = keeps;
  }

  write(text: string): void {
    if (this.#keeps) this.#kept += text;
    else this.#written = this.#written.then(() => this.#terminal.write(text));
  }

  /** @returns What was kept. */
  async end(): Promise<string> {
    await this.#written;
    return this.#kept;
  }
}
