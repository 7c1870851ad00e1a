import { readFileSync } from 'node:fs';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from '../program.ts';
import { type Command, type CommandGroup, wireName } from './define-command.ts';
import { ArgumentReader, GLOBAL_OPTIONS } from './parse-arguments.ts';
import { columnsOf } from './printable.ts';

const reader = new ArgumentReader(PROGRAM);

function leaves(branch: Command | CommandGroup, path: string): [string, Command][] {
  if (!('commands' in branch)) return [[path, branch]];
  return branch.commands.flatMap((each) => leaves(each, `${path} ${each.name}`));
}
const COMMANDS = PROGRAM.entries.flatMap((entry) => leaves(entry, entry.name));

/** A command line as a shell splits it. */
function split(line: string): string[] {
  const words = line.split('&&')[0]!.split('|').at(-1)!.trim().split('>')[0]!;
  return [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

function run(argv: readonly string[]) {
  const invocation = reader.read(argv);
  if (invocation.kind !== 'run') throw new Error('nothing to run');
  return invocation;
}

describe.each(COMMANDS)('ward %s', (path, command) => {
  const words = path.split(' ');

  it('has help that fits a terminal of 80 columns', () => {
    const help = reader.read([...words, '--help']);
    if (help.kind !== 'print') throw new Error('no help');
    for (const line of help.text.split('\n')) {
      const isExample = line.startsWith('  ward ') || line.includes('| ward ');
      if (!isExample) expect(columnsOf(line), line).toBeLessThanOrEqual(80);
    }
    for (const name of Object.keys(command.options)) {
      expect(help.text).toContain(`--${wireName(name)}`);
    }
  });

  it('understands its own examples', () => {
    for (const example of command.examples) {
      const [ward, ...argv] = split(example);
      expect(ward).toBe('ward');
      expect(run(argv).command).toBe(command);
    }
  });

  it('says what it does in a sentence without its full stop', () => {
    expect(command.summary).toMatch(/^[A-Z].*[^.]$/);
    const parameters = [...Object.values(command.args), ...Object.values(command.options)];
    for (const { help } of parameters) expect(help).toMatch(/^(?![A-Z][a-z]).*[^.]$/);
  });

  it('takes no option that all commands have', () => {
    const own = Object.keys(command.options);
    expect(GLOBAL_OPTIONS.filter(({ name }) => own.includes(name))).toEqual([]);
  });
});

describe('command lines', () => {
  it('give values to what the command declares', () => {
    const line = 'consent grant general --to x --purpose treat --purpose ETREAT --for 30d --write';
    const { args, options } = run(line.split(' '));
    expect(args).toEqual({ chart: 'general' });
    expect(options).toMatchObject({ to: 'x', purpose: ['TREAT', 'ETREAT'], for: 2_592_000 });
    expect(options).toMatchObject({ write: true, writeOnly: false, unit: [], until: undefined });
  });

  it('may have the options of all commands before or after the verb', () => {
    const wanted = { home: 'a', output: 'json', debug: true, quiet: false, network: undefined };
    expect(run('--home a --output json --debug wallet show'.split(' ')).globals).toEqual(wanted);
    expect(run('wallet show --home a --output json --debug'.split(' ')).globals).toEqual(wanted);
  });

  it('do not remember the ones before', () => {
    run('consent grant general --purpose TREAT --write'.split(' '));
    expect(run(['consent', 'grant', 'general']).options).toMatchObject({
      purpose: [],
      write: false,
    });
  });

  it.each([
    ['walet show', 'COMMAND_UNKNOWN'],
    ['wallet shwo', 'COMMAND_UNKNOWN'],
    ['wallet', 'COMMAND_MISSING'],
    ['org staff', 'COMMAND_MISSING'],
    ['wallet show --frm', 'OPTION_UNKNOWN'],
    ['wallet show --home', 'OPTION_VALUE_MISSING'],
    ['wallet backup', 'ARGUMENT_MISSING'],
    ['wallet backup a b', 'ARGUMENTS_TOO_MANY'],
    ['wallet show --output xml', 'ARGUMENT_INVALID'],
    ['consent grant general --for ever', 'ARGUMENT_INVALID'],
    ['chart create heart', 'ARGUMENT_INVALID'],
    ['ledger tx abc', 'ARGUMENT_INVALID'],
  ])('are refused with a code: %s', (line, code) => {
    expect(codeOf(() => reader.read(line.split(' ')))).toBe(code);
  });

  it('say which command may have been meant', () => {
    const complaint = () => reader.read(['wallet', 'shwo']);
    expect(complaint).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining('Did you mean show?') }),
      }),
    );
  });

  it.each([
    [[]],
    [['help']],
    [['--help']],
    [['help', 'consent']],
    [['help', 'org', 'staff']],
    [['--home', 'x', 'help', 'org', 'staff']],
  ])('print help for %j', (argv) => {
    expect(reader.read(argv)).toMatchObject({ kind: 'print' });
  });

  it('print the version of the package', () => {
    const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    expect(reader.read(['--version'])).toEqual({ kind: 'print', text: `${version}\n` });
  });
});
