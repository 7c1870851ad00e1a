import type { Outcome } from './frame/define-command.ts';
import { EXIT, exitCodeOf } from './frame/exit-codes.ts';
import type { GlobalOptions } from './frame/global-options.ts';
import { withSession } from './frame/open-session.ts';
import { ArgumentReader, type Invocation } from './frame/parse-arguments.ts';
import type { Platform } from './frame/platform.ts';
import { errorJson, reportError } from './frame/report-error.ts';
import './frame/server-codes.ts';
import { Screen } from './frame/screen.ts';
import { PROGRAM } from './program.ts';

/**
 * Runs one command line.
 *
 * @param argv Arguments behind `ward`.
 * @returns The exit status; see docs/cli.md.
 */
export async function runWard(argv: readonly string[], platform: Platform): Promise<number> {
  // Read before the command line is understood: an error has to know how to be told.
  let globals: Pick<GlobalOptions, 'output' | 'debug'> = {
    output: wantsJson(argv) ? 'json' : 'table',
    debug: argv.includes('--debug'),
  };
  try {
    const invocation = new ArgumentReader(PROGRAM).read(argv);
    if (invocation.kind === 'print') {
      await platform.terminal.write(invocation.text);
      return EXIT.ok;
    }
    globals = invocation.globals;
    return await runInvocation(invocation, platform);
  } catch (error) {
    reportError(error, platform.terminal, globals);
    if (globals.output === 'json') await writeJson(errorJson(error), platform);
    return exitCodeOf(error);
  }
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (each, i) => each === '--output=json' || (each === 'json' && argv[i - 1] === '--output'),
  );
}

async function runInvocation(
  { command, args, options, globals }: Extract<Invocation, { kind: 'run' }>,
  platform: Platform,
): Promise<number> {
  const { owner } = command;
  const outcome = await withSession(
    { owner, options: globals, platform, program: PROGRAM },
    (session) => command.run({ args, options }, session),
  );
  if (globals.output === 'json') await writeJson(outcome.json, platform);
  else await writeScreen(outcome, platform);
  return outcome.exitCode ?? EXIT.ok;
}

async function writeScreen({ show }: Outcome, { terminal }: Platform): Promise<void> {
  const screen = new Screen(terminal);
  show(screen);
  for (const piece of screen.pieces) await terminal.write(piece);
}

function writeJson(json: Outcome['json'], { terminal }: Platform): Promise<void> {
  return terminal.write(`${JSON.stringify(json, null, 2)}\n`);
}
