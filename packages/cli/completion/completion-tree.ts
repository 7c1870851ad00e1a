import { type Command, type CommandGroup, wireName } from '../frame/define-command.ts';
import { GLOBAL_OPTIONS, type ProgramSpec } from '../frame/parse-arguments.ts';

/** One thing that can be typed, with what it is. */
export interface Offer {
  readonly word: string;
  readonly help: string;
}

/** An option that takes a value. */
export interface ValueOffer {
  readonly flag: string;
  readonly choices: readonly string[];
  readonly isPath: boolean;
}

/** What can follow the words of a command, as in `consent grant`. */
export interface CompletionPlace {
  readonly path: string;
  readonly commands: readonly Offer[];
  readonly options: readonly Offer[];
  readonly values: readonly ValueOffer[];
  /** Words that an argument can be. */
  readonly choices: readonly string[];
}

/** Every place of the command line, the first is before any command. */
export function completionPlaces({ entries }: ProgramSpec): CompletionPlace[] {
  const globals = GLOBAL_OPTIONS.map(({ name, help }) => ({ word: `--${name}`, help }));
  const first: CompletionPlace = {
    path: '',
    commands: [...entries.map(offerOf), { word: 'help', help: 'print help on a command' }],
    options: [...globals, { word: '--version', help: 'print the version' }],
    values: GLOBAL_OPTIONS.flatMap(({ name, placeholder, choices, isPath }) =>
      placeholder === '' ? [] : [{ flag: `--${name}`, choices, isPath }],
    ),
    choices: [],
  };
  return [first, ...entries.flatMap((entry) => placesOf(entry, entry.name))];
}

function offerOf({ name, summary }: Command | CommandGroup): Offer {
  return { word: name, help: summary };
}

function placesOf(branch: Command | CommandGroup, path: string): CompletionPlace[] {
  if ('commands' in branch) {
    const own = { path, commands: branch.commands.map(offerOf), options: [], values: [] };
    const inner = branch.commands.flatMap((each) => placesOf(each, `${path} ${each.name}`));
    return [{ ...own, choices: [] }, ...inner];
  }
  const options = Object.entries(branch.options);
  return [
    {
      path,
      commands: [],
      options: options.map(([key, { help }]) => ({ word: `--${wireName(key)}`, help })),
      values: options.flatMap(([key, { kind, choices, isPath }]) =>
        kind === 'flag' ? [] : [{ flag: `--${wireName(key)}`, choices, isPath }],
      ),
      choices: Object.values(branch.args).flatMap(({ choices }) => choices),
    },
  ];
}
