import { WardError } from '@ward/protocol';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from '../program.ts';
import { type Command, type CommandGroup, wireName } from './define-command.ts';
import { ArgumentReader, GLOBAL_OPTIONS } from './parse-arguments.ts';

const RUNS = inputsFor(1_000_000);
const SEED = 20;

function wordsOf(branch: Command | CommandGroup): string[] {
  if ('commands' in branch) return [branch.name, ...branch.commands.flatMap(wordsOf)];
  const options = Object.entries(branch.options);
  const choices = [...options.map(([, each]) => each), ...Object.values(branch.args)];
  return [
    branch.name,
    ...options.map(([key]) => `--${wireName(key)}`),
    ...choices.flatMap((each) => each.choices),
  ];
}

/** Words of the command line, and what people and scripts put between them. */
const WORDS = [
  ...new Set(PROGRAM.entries.flatMap(wordsOf)),
  ...GLOBAL_OPTIONS.map(({ name }) => `--${name}`),
  ...['--', '-', '', ' ', '-h', '--help', '-V', '--version', 'help', '--no-write', '--output=json'],
  ...['30d', '-1', '0', '999999999999999999999', '1e9', '2027-01-31', 'a1b2c3', 'Hospital B'],
  ...['a=b', '=', 'Patient/1=a,b', '__proto__', 'constructor', 'toString', '--__proto__', '$(id)'],
  ...['\u0000', '\u202e', '\ud800', '💊', "'", '"', '\\', '\n', '--for=', '--for=30d', '-abc'],
];

describe('a million command lines', () => {
  it('are understood, or refused with a code, and nothing else', () => {
    const random = seededRandom(SEED);
    const reader = new ArgumentReader(PROGRAM);
    const codes = new Map<string, number>();
    const count = (code: string) => codes.set(code, (codes.get(code) ?? 0) + 1);
    const letters = () => {
      const length = random.below(8);
      return String.fromCharCode(...Array.from({ length }, () => random.below(0x10000)));
    };
    for (let run = 0; run < RUNS; run++) {
      const length = random.below(9);
      const argv = Array.from({ length }, () =>
        random.below(10) === 0 ? letters() : random.pick(WORDS),
      );
      // Most begin with a command that there is: what follows is looked at then.
      if (random.below(4) > 0) argv.unshift(...firstWords(random));
      try {
        count(reader.read(argv).kind);
      } catch (error) {
        if (!(error instanceof WardError)) {
          throw new Error(`run ${run}, seed ${SEED}: ${JSON.stringify(argv)}`, { cause: error });
        }
        count(error.code);
      }
    }
    expect([...codes.values()].reduce((sum, each) => sum + each, 0)).toBe(RUNS);
    tellFuzz('command lines', { runs: RUNS, codes });
    const seen = ['run', 'print', 'COMMAND_UNKNOWN', 'OPTION_UNKNOWN', 'ARGUMENT_INVALID'];
    for (const code of seen) expect(codes.get(code), code).toBeGreaterThan(100);
  });
});

function firstWords(random: ReturnType<typeof seededRandom>): string[] {
  const words: string[] = [];
  let branch: Command | CommandGroup = random.pick(PROGRAM.entries);
  for (;;) {
    words.push(branch.name);
    if (!('commands' in branch)) return words;
    branch = random.pick(branch.commands);
  }
}
