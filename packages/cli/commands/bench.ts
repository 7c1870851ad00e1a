import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { refuse } from '../errors.ts';
import { defineCommand } from '../frame/define-command.ts';
import { flag, optional, path, several, text } from '../frame/parameters.ts';

export const bench = defineCommand({
  name: 'bench',
  summary: 'Measure on this machine what docs/performance.md tells of another',
  details: 'Only in a clone of the repository: the programs are not packed.',
  owner: 'nobody',
  args: { names: several(text('NAME', 'which benches: embedded, state, seal …')) },
  options: {
    quick: flag('the short form: a look, not a measurement'),
    full: flag('the long form, with the largest sizes'),
    json: optional(path('FILE', 'write the figures into a file')),
  },
  examples: ['ward bench seal'],
  async run({ args, options }) {
    // With the ending that this file has itself: what is packed names no TypeScript.
    const ending = extname(import.meta.filename);
    const program = join(import.meta.dirname, `../../../bench/bench${ending}`);
    if (!existsSync(program)) throw refuse('BENCH_MISSING');
    const flags = [
      ...args.names,
      ...(options.quick ? ['--quick'] : []),
      ...(options.full ? ['--full'] : []),
      ...(options.json === undefined ? [] : ['--json', options.json]),
    ];
    const child = spawn(process.execPath, [program, ...flags], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return { json: { exitCode: code }, exitCode: code ?? 1, show: () => undefined };
  },
});
