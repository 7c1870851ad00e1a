import { type WardError, type Word, word } from '@ward/protocol';
import { Argument, Command as CommanderCommand, CommanderError, Option } from 'commander';
import { refuse } from '../errors.ts';
import { type Command, type CommandGroup, type Owner, wireName } from './define-command.ts';
import { EXIT_TEXTS } from './exit-codes.ts';
import type { GlobalOptions } from './global-options.ts';
import { badForm, type Parameter } from './parameters.ts';
import { wrapTo } from './printable.ts';

/** A part of the command line: a verb of its own, or a thing with its verbs. */
export type Entry = { readonly audience: string } & (CommandGroup | Command);

export interface ProgramSpec {
  readonly version: string;
  readonly entries: readonly Entry[];
}

/** A command line that was understood. */
export type Invocation =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly args: { readonly [name: string]: unknown };
      readonly options: { readonly [name: string]: unknown };
      readonly globals: GlobalOptions;
    }
  /** Help or version. */
  | { readonly kind: 'print'; readonly text: string };

const OWNER_TEXTS: { readonly [owner in Owner]: string | undefined } = {
  person: "Needs a person's home (--home, WARD_HOME, else ~/.ward).",
  organisation: "Needs an organisation's home (--home, WARD_HOME, else ~/.ward).",
  either: "Needs a person's or an organisation's home (--home, WARD_HOME, else ~/.ward).",
  anyone: 'Needs any home, or a network file alone (--network).',
  nobody: undefined,
};

/** Options that every command line can have. */
export const GLOBAL_OPTIONS = [
  {
    ...{ name: 'home', placeholder: 'FOLDER', isPath: true, choices: [], fallback: undefined },
    help: 'home of a person or an organisation (WARD_HOME; else ~/.ward)',
  },
  {
    ...{ name: 'network', placeholder: 'FILE', isPath: true, choices: [], fallback: undefined },
    help: 'network file, where there is no home yet (WARD_NETWORK)',
  },
  {
    ...{ name: 'output', placeholder: 'FORM', isPath: false, choices: ['table', 'json'] },
    ...{ help: 'what stands on standard output', fallback: 'table' },
  },
  {
    ...{ name: 'quiet', placeholder: '', isPath: false, choices: [], fallback: undefined },
    help: 'no progress and no remarks on standard error',
  },
  {
    ...{ name: 'debug', placeholder: '', isPath: false, choices: [], fallback: undefined },
    help: 'print where an error comes from',
  },
] as const;

/** The commander program of all commands; `taken` is told what a command line asks for. */
export function buildProgram(
  { version, entries }: ProgramSpec,
  taken: (command: Command, parsed: CommanderCommand) => void = () => {},
): CommanderCommand {
  const program = new CommanderCommand('ward')
    .description('Medical records sealed by the patient; consents and accesses on a ledger.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('This software:')
    .helpCommand('help [command]', 'print help on a command')
    .usage('COMMAND [options]')
    .addHelpText('after', `\nExit status:\n${exitLines()}\n\n${HELP_END}`);
  for (const { name, placeholder, help, choices, fallback } of GLOBAL_OPTIONS) {
    const option = new Option(
      placeholder === '' ? `--${name}` : `--${name} <${placeholder}>`,
      help,
    );
    if (choices.length > 0) option.choices([...choices]);
    if (fallback !== undefined) option.default(fallback);
    program.addOption(option);
  }
  for (const entry of entries) addEntry(program, entry, taken);
  prepare(program);
  return program;
}

const HELP_END = 'More on a command: ward help COMMAND. All of them: docs/cli.md.';

function exitLines(): string {
  return Object.entries(EXIT_TEXTS)
    .map(
      ([status, text]) => `  ${status.padEnd(4)} ${wrapTo(text, EXIT_COLUMNS).join('\n       ')}`,
    )
    .join('\n');
}

const EXIT_COLUMNS = 72;

type Taken = Parameters<typeof buildProgram>[1] & {};

function addEntry(program: CommanderCommand, entry: Entry, taken: Taken): void {
  program.addCommand(toBranch(entry, taken).helpGroup(`${entry.audience}:`));
}

function toBranch(branch: Command | CommandGroup, taken: Taken): CommanderCommand {
  if (!('commands' in branch)) return toCommander(branch, taken);
  const group = new CommanderCommand(branch.name)
    .summary(branch.summary)
    .description(`${branch.summary}.`)
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .usage('COMMAND [options]');
  for (const command of branch.commands) group.addCommand(toBranch(command, taken));
  return group;
}

function toCommander(command: Command, taken: Taken): CommanderCommand {
  const { name, summary, details, owner, args, options, examples } = command;
  const made = new CommanderCommand(name)
    .summary(summary)
    .description([`${summary}.`, details, OWNER_TEXTS[owner]].filter(Boolean).join('\n\n'))
    .helpOption('-h, --help', 'print help');
  for (const parameter of Object.values(args)) made.addArgument(argumentOf(parameter));
  for (const [key, parameter] of Object.entries(options)) made.addOption(optionOf(key, parameter));
  if (examples.length > 0) {
    made.addHelpText('after', `\nExamples:\n${examples.map(exampleLines).join('\n')}`);
  }
  made.addHelpText('after', '\nOptions of all commands: see ward help.');
  return made.action(() => taken(command, made));
}

const EXAMPLE_COLUMNS = 74;

/** A command line over several lines where it is long, as a shell takes it. */
export function exampleLines(example: string): string {
  const lines = [''];
  for (const part of example.split(/ (?=--)/)) {
    const longer = `${lines.at(-1)} ${part}`.trimStart();
    if (longer.length <= EXAMPLE_COLUMNS || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return `  ${lines.join(' \\\n    ')}`;
}

function argumentOf({ kind, placeholder, help, isOptional, choices }: Parameter<unknown>) {
  const inner = kind === 'many' ? `${placeholder}...` : placeholder;
  return new Argument(isOptional ? `[${inner}]` : `<${inner}>`, withChoices(help, choices));
}

function optionOf(key: string, parameter: Parameter<unknown>): Option {
  const { kind, placeholder, help, choices, fallback } = parameter;
  const meant = fallback === undefined ? help : `${help}; else ${fallback}`;
  const long = `--${wireName(key)}`;
  const flags = kind === 'flag' ? long : `${long} <${placeholder}>`;
  const said = kind === 'many' ? `${meant} (may come several times)` : meant;
  const option = new Option(flags, withChoices(said, choices));
  if (kind === 'many') option.argParser(collect);
  return option;
}

function withChoices(help: string, choices: readonly string[]): string {
  return choices.length === 0 ? help : `${help}: ${choices.join(', ')}`;
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** No command writes or exits by itself; all errors come as exceptions. */
function prepare(command: CommanderCommand): void {
  command.exitOverride().showSuggestionAfterError(true);
  for (const child of command.commands) prepare(child);
}

/** Texts that commander would have written, while one command line is read. */
interface Caught {
  written: string;
  complaint: string;
}

function catchTexts(command: CommanderCommand, caught: Caught, columns: number): void {
  command.configureOutput({
    writeOut: (text) => {
      caught.written += text;
    },
    writeErr: (text) => {
      caught.complaint += text;
    },
    getOutHelpWidth: () => columns,
    getErrHelpWidth: () => columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) catchTexts(child, caught, columns);
}

const HELP_COLUMNS = 80;

/** Reads command lines; one reader serves many. */
export class ArgumentReader {
  readonly #program: CommanderCommand;
  readonly #caught: Caught = { written: '', complaint: '' };
  #taken: { command: Command; parsed: CommanderCommand } | undefined;

  constructor(spec: ProgramSpec, columns = HELP_COLUMNS) {
    this.#program = buildProgram(spec, (command, parsed) => {
      this.#taken = { command, parsed };
    });
    catchTexts(this.#program, this.#caught, columns);
  }

  /**
   * @param argv Arguments behind `ward`.
   * @throws WardError a code of the command line (exit status 2), with commander's words as cause.
   */
  read(argv: readonly string[]): Invocation {
    this.#taken = undefined;
    this.#caught.written = '';
    this.#caught.complaint = '';
    try {
      this.#program.parse(helpAsOption(argv), { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return { kind: 'print', text: this.#caught.written };
      throw this.#complaint(error);
    }
    if (this.#taken === undefined) throw refuse('COMMAND_MISSING');
    const { command, parsed } = this.#taken;
    const { home, network, output, debug, quiet } = this.#program.opts<Partial<GlobalOptions>>();
    return {
      kind: 'run',
      command,
      args: readArguments(command, parsed),
      options: readOptions(command, parsed),
      globals: {
        ...{ home, network, output: output ?? 'table' },
        ...{ debug: debug === true, quiet: quiet === true },
      },
    };
  }

  #complaint(error: CommanderError): WardError {
    if (error.code === 'commander.invalidArgument') {
      // The other parameters are read below, with forms of their own.
      return badForm(word('--output'), word('table or json'));
    }
    const code = COMPLAINTS[error.code] ?? 'OPTION_UNKNOWN';
    const words = this.#caught.complaint.replace(/^error: /, '').trim();
    // Without a verb commander prints the help, which says more than an error would.
    const cause = code === 'COMMAND_MISSING' ? { help: words } : new Error(words);
    return Object.assign((refuse as (code: string) => WardError)(code), { cause });
  }
}

/** `ward help org staff` is `ward org staff --help`; without anything it is help on all. */
function helpAsOption(argv: readonly string[]): string[] {
  if (argv.length === 0) return ['help'];
  const at = argv.indexOf('help');
  const isFirst = at === firstWord(argv);
  if (at < 0 || !isFirst || at === argv.length - 1) return [...argv];
  return [...argv.slice(0, at), ...argv.slice(at + 1), '--help'];
}

/** Where the first word stands that is no option of all commands, and no value of one. */
function firstWord(argv: readonly string[]): number {
  let at = 0;
  while (argv[at]?.startsWith('--')) {
    const option = GLOBAL_OPTIONS.find(({ name }) => argv[at] === `--${name}`);
    at += option !== undefined && option.placeholder !== '' ? 2 : 1;
  }
  return at;
}

const COMPLAINTS: { readonly [code: string]: Parameters<typeof refuse>[0] } = {
  'commander.help': 'COMMAND_MISSING',
  'commander.unknownCommand': 'COMMAND_UNKNOWN',
  'commander.unknownOption': 'OPTION_UNKNOWN',
  'commander.optionMissingArgument': 'OPTION_VALUE_MISSING',
  'commander.missingArgument': 'ARGUMENT_MISSING',
  'commander.excessArguments': 'ARGUMENTS_TOO_MANY',
};

function readArguments({ args }: Command, { processedArgs }: CommanderCommand) {
  return Object.fromEntries(
    Object.entries(args).map(([key, parameter], i) => [
      key,
      readValue(parameter, processedArgs[i], parameter.placeholder as Word),
    ]),
  );
}

function readOptions({ options }: Command, parsed: CommanderCommand) {
  const given = parsed.opts<{ readonly [key: string]: unknown }>();
  return Object.fromEntries(
    Object.entries(options).map(([key, parameter]) => [
      key,
      readValue(parameter, given[key], `--${wireName(key)}` as Word),
    ]),
  );
}

function readValue(parameter: Parameter<unknown>, given: unknown, name: Word): unknown {
  if (parameter.kind === 'flag') return given === true;
  if (parameter.kind === 'many') {
    return ((given ?? []) as readonly string[]).map((each) => parameter.parse(each, name));
  }
  return given === undefined ? undefined : parameter.parse(given as string, name);
}
