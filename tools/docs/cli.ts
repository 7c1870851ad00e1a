import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Command,
  type CommandGroup,
  type Entry,
  EXIT_TEXTS,
  exampleLines,
  GLOBAL_OPTIONS,
  type Parameter,
  PROGRAM,
  wireName,
} from '@ward/cli';
import { REPOSITORY } from '../repository.ts';
import { fold } from './fold.ts';

const HEAD = `# The ward command

Everything that Ward does, from a terminal. In a clone \`npm run ward -- COMMAND\` stands for
\`ward COMMAND\`. This page is made from the definitions of the commands by \`npm run docs\`; the
same stands in \`ward help\`, and for a command behind \`--help\`.

A **home** is a folder: a person's (a wallet), or an organisation's (its key service); its files
say which. Ids are hexadecimal, and at least six letters of the beginning are enough.
Organisations go by name as well, charts by their kind. Times are those of ISO 8601, durations
look like \`30d\`.

Every question has an option that answers it. Where standard input is no terminal, or with
\`--output json\`, nothing is asked: the command refuses with \`FLAG_NEEDED\` and names the option.
`;

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['WARD_HOME', 'home, where `--home` is left out; `~/.ward` without either'],
  ['WARD_NETWORK', 'network file, where `--network` is left out'],
  ['WARD_PASSPHRASE', 'passphrase of a backup; `--passphrase-file` goes before it'],
  ['NO_COLOR', 'no colours, whatever the terminal can show'],
  ['FORCE_COLOR', 'colours where the output is no terminal'],
  ['WARD_CARRIER_DELAY_MS', 'the longest a slot waits for company before it is sent'],
  ['WARD_CLOCK_OFFSET_MS', 'distance of the clock from that of the machine, for sandboxes'],
];

const OUTPUT = `## Output

Tables are for people: on a terminal they fit its width, and colours are used. \`--output json\`
prints one JSON document on standard output and nothing else; fields may be added to it, and
none changes its meaning. Progress and remarks go to standard error, and \`--quiet\` silences
them.

A failure prints on standard error its code, what happened, and what to do next. For programs it
is \`{"error": {"code", "text", "next", "data", "docs"}}\` on standard output. All codes stand in
[docs/errors.md](errors.md).
`;

/** docs/cli.md, from the definitions of the commands. */
export function cliDocument(): string {
  const shapes = loadShapes();
  const globals = GLOBAL_OPTIONS.map(({ name, placeholder, help, choices }) => {
    const words = choices.length === 0 ? '' : `: ${choices.join(' or ')}`;
    return [code(`--${name}${placeholder === '' ? '' : ` ${placeholder}`}`), `${help}${words}`];
  });
  const exits = Object.entries(EXIT_TEXTS).map(([status, text]) => [status, text]);
  const audiences = [...new Set(PROGRAM.entries.map(({ audience }) => audience))];
  return [
    HEAD,
    `## Options of all commands\n\n${table(['option', 'what'], globals)}\n`,
    `## Exit status\n\n${table(['status', 'what'], exits)}\n`,
    `## Environment\n\n${table(['variable', 'what'], ENVIRONMENT.map(codeFirst))}\n`,
    OUTPUT,
    ...audiences.map((audience) => audienceSection(audience, shapes)),
  ].join('\n');
}

function audienceSection(audience: string, shapes: ReadonlyMap<string, string>): string {
  const entries = PROGRAM.entries.filter((entry) => entry.audience === audience);
  return [`## ${audience}\n`, ...entries.flatMap((entry) => sections(entry, '', shapes))].join(
    '\n',
  );
}

function sections(
  branch: Command | CommandGroup | Entry,
  before: string,
  shapes: ReadonlyMap<string, string>,
): string[] {
  const path = `${before}${branch.name}`;
  if (!('commands' in branch)) return [commandSection(branch, path, shapes)];
  return branch.commands.flatMap((each) => sections(each, `${path} `, shapes));
}

const OWNERS: { readonly [owner in Command['owner']]: string } = {
  person: "In a person's home.",
  organisation: "In an organisation's home.",
  either: "In a person's or an organisation's home.",
  anyone: 'In any home, or with a network file alone.',
  nobody: '',
};

function commandSection(
  { summary, details, owner, args, options, examples }: Command,
  path: string,
  shapes: ReadonlyMap<string, string>,
): string {
  const usage = [
    `ward ${path}`,
    ...Object.values(args).map(argumentWord),
    ...(Object.keys(options).length > 0 ? ['[options]'] : []),
  ];
  const rows = [
    ...Object.values(args).map((each) => [code(each.placeholder), meaning(each)]),
    ...Object.entries(options).map(([name, each]) => [code(optionWord(name, each)), meaning(each)]),
  ];
  const said = [details, OWNERS[owner]].filter(Boolean).join(' ');
  return [
    `### ward ${path}\n`,
    `${fold(`${summary}.${said === '' ? '' : ` ${proseOf(said)}`}`)}\n`,
    `\`\`\`text\n${usage.join(' ')}\n\`\`\`\n`,
    ...(rows.length > 0 ? [`${table(['what it takes', 'what'], rows)}\n`] : []),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.map(exampleOf).join('\n')}\n\`\`\`\n`] : []),
    ...[...shapes]
      .filter(([name]) => name.startsWith(`ward ${path} (`))
      .map(([name, shape]) => shapeSection(name, shape)),
  ].join('\n');
}

/** What stands in a home of one kind, or of both where they print different things. */
function shapeSection(name: string, shape: string): string {
  const owner = /\((.*)\)$/.exec(name)![1]!;
  const where =
    owner === 'person' || owner === 'organisation' ? `, in the home of ${article(owner)}` : '';
  return `With \`--output json\`${where}:\n\n\`\`\`text\n${shape}\n\`\`\`\n`;
}

function article(owner: string): string {
  return owner === 'organisation' ? 'an organisation' : 'a person';
}

function argumentWord({ kind, placeholder, isOptional }: Parameter<unknown>): string {
  const word = kind === 'many' ? `${placeholder}...` : placeholder;
  return isOptional ? `[${word}]` : word;
}

function optionWord(name: string, { kind, placeholder }: Parameter<unknown>): string {
  return kind === 'flag' ? `--${wireName(name)}` : `--${wireName(name)} ${placeholder}`;
}

function meaning({ kind, help, choices, fallback, isOptional }: Parameter<unknown>): string {
  const words = choices.length === 0 ? '' : `: ${choices.map(code).join(', ')}`;
  const several = kind === 'many' && isOptional ? ' (may come several times)' : '';
  const otherwise = fallback === undefined ? '' : `; else ${fallback}`;
  return `${help}${several}${words}${otherwise}`.replaceAll('|', '\\|');
}

function exampleOf(example: string): string {
  return exampleLines(example)
    .split('\n')
    .map((line) => line.slice(2))
    .join('\n');
}

/** Lines of a help text as one paragraph, or as a list where each is about something else. */
function proseOf(text: string): string {
  return text.includes('\n') ? text.split('\n').join('; ') : text;
}

function codeFirst([first, second]: readonly [string, string]): string[] {
  return [code(first), second];
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Shapes of JSON that tests of the commands keep, by command and owner. */
function loadShapes(): Map<string, string> {
  const folder = join(REPOSITORY, 'packages', 'cli', 'shapes');
  const found = new Map<string, string>();
  for (const file of readdirSync(folder).sort()) {
    for (const part of readFileSync(join(folder, file), 'utf8').split(/^# /m).slice(1)) {
      const [name, ...lines] = part.trimEnd().split('\n');
      if (!found.has(name!)) found.set(name!, lines.join('\n'));
    }
  }
  return found;
}
