import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, runWard } from '@ward/cli';
import type { NetworkFile } from '@ward/ledger/schema';
import type { Clock, Crypto, Random, Transport } from '@ward/protocol';
import type { EventStore } from '@ward/sdk';
import { loadHomeKey, openFileEventStore, saveNetworkFile } from '@ward/sdk/node';
import {
  type Answer,
  MemoryTerminal,
  type MemoryTerminalOptions,
  ScriptedPrompter,
} from './memory-terminal.ts';

export interface CommandOptions extends MemoryTerminalOptions {
  readonly home?: string;
  readonly answers?: readonly Answer[];
  readonly environment?: Platform['environment'];
}

/** What a command line gave. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
  readonly bytes: Uint8Array;
  readonly errors: string;
  /** Questions that were asked. */
  readonly questions: readonly string[];
}

/** Somebody with a home, who runs commands. */
export interface CommandActor {
  readonly home: string;
  run(line: string, options?: CommandOptions): Promise<CommandResult>;
  json<T>(line: string, options?: CommandOptions): Promise<T>;
  /** The code with which a line is refused, and its exit status: `GRANT_REVOKED 1`. */
  refusal(line: string, options?: CommandOptions): Promise<string>;
}

/** Words of a line; those in double quotes are one. */
export function wordsOf(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).map((each) => each.replaceAll('"', ''));
}

/** A network that commands are run on, such as a `ClientNetwork` or a `GovernedNetwork`. */
export interface CommandNetwork {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly random: Random;
  readonly networkFile: NetworkFile;
  /** Key services of its organisations, by name. */
  readonly organisations: {
    get(name: string): { readonly store: EventStore } | undefined;
  };
  transport(origin: string): Transport;
}

/** The `ward` command over a network in this process, with homes in a folder of its own. */
export class CommandStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'ward-command-'));
  readonly #network: CommandNetwork;

  constructor(network: CommandNetwork) {
    this.#network = network;
  }

  /** A path in the folder. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** The network file of the network. */
  get networkPath(): string {
    saveNetworkFile(this.path('any'), this.#network.networkFile);
    return this.path('any', 'network.json');
  }

  /** The home of an organisation of the network. */
  async organisationHome(name: string): Promise<string> {
    const home = this.path(name);
    const { crypto, random, networkFile, organisations } = this.#network;
    saveNetworkFile(home, networkFile);
    const keys = join(home, 'keys');
    const key = loadHomeKey(keys, random);
    const path = join(keys, 'key-service.events');
    const store = await openFileEventStore({ path, key, crypto, random });
    await store.append(await organisations.get(name)!.store.load());
    return home;
  }

  #platform(
    terminal: MemoryTerminal,
    prompter: ScriptedPrompter,
    environment: Platform['environment'],
  ): Platform {
    const { crypto, clock, random } = this.#network;
    return {
      ...{ terminal, prompter, environment, crypto, clock, random },
      userFolder: this.path('user'),
      transport: (origin): Transport => this.#network.transport(origin),
      carrierDelayMsMax: 0,
      runServer: () => Promise.reject(new Error('servers of this network run already')),
    };
  }

  /** Runs a command line: arguments behind `ward`. */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { home, answers = [], environment = {} } = options;
    const terminal = new MemoryTerminal({ ...options, isInteractive: answers.length > 0 });
    const prompter = new ScriptedPrompter(answers);
    const all = home === undefined ? argv : ['--home', home, ...argv];
    const exitCode = await runWard(all, this.#platform(terminal, prompter, environment));
    const { text: output, bytes, errors } = terminal;
    return { exitCode, output, bytes, errors, questions: prompter.questions };
  }

  /**
   * Runs a command line that has to succeed, for its JSON.
   *
   * @throws Error with what the command said.
   */
  async json<T>(argv: readonly string[], options: CommandOptions = {}): Promise<T> {
    const { exitCode, output, errors } = await this.run(['--output', 'json', ...argv], options);
    if (exitCode !== 0) throw new Error(`ward ${argv.join(' ')}: status ${exitCode}\n${errors}`);
    return JSON.parse(output) as T;
  }

  /** Command lines over one home, written as a person types them. */
  at(home: string): CommandActor {
    return {
      home,
      run: (line, options = {}) => this.run(wordsOf(line), { ...options, home }),
      json: (line, options = {}) => this.json(wordsOf(line), { ...options, home }),
      refusal: async (line, options = {}) => {
        const argv = ['--output', 'json', ...wordsOf(line)];
        const { exitCode, output } = await this.run(argv, { ...options, home });
        const { error } = JSON.parse(output) as { error?: { code: string } };
        return `${error?.code ?? 'done'} ${exitCode}`;
      },
    };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const ID = /\b[0-9a-f]{8,}\b/g;
const NAME_LETTERS = 8;

/**
 * Output with its ids replaced by names of the same length, in the order in which they come: what
 * stays is the same in every run.
 */
export function withoutIds(output: string): string {
  const names = new Map<string, string>();
  return output.replaceAll(ID, (id) => {
    const begin = id.slice(0, NAME_LETTERS);
    if (!names.has(begin)) names.set(begin, `id${String(names.size + 1).padStart(6, '0')}`);
    return names.get(begin)!.padEnd(id.length, '-');
  });
}
