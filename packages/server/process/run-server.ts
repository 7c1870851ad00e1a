import type { Word } from '@ward/protocol';
import type { ListenOptions } from '../start-server.ts';
import {
  helpText,
  type Options,
  type OptionValues,
  type ProcessOption,
  parseListen,
  readListen,
  readOptions,
  type SERVER_OPTIONS,
} from './read-options.ts';
import { type ProcessTools, type Running, runProcess } from './run-process.ts';

type ServerOptions = { readonly [N in keyof typeof SERVER_OPTIONS]: ProcessOption } & Options;

/** What a process that serves begins with. */
export interface ServerStart<O extends ServerOptions> {
  readonly values: OptionValues<O>;
  /** Where its doors are. */
  readonly listen: ListenOptions;
  /** Where its operator looks. */
  readonly ops: { readonly host: string; readonly port: number };
  readonly tools: ProcessTools;
}

/**
 * The main of a server: prints its options for `--help`, else runs it as {@link runProcess} does.
 *
 * @param name Of the process, and of its command.
 */
export async function runServer<const O extends ServerOptions>(
  name: { readonly process: Word; readonly command: Word },
  options: O,
  start: (begin: ServerStart<O>) => Promise<Running>,
): Promise<void> {
  const flags = process.argv.slice(2);
  if (flags.includes('--help')) {
    process.stdout.write(`${helpText(name.command, options)}\n`);
    return;
  }
  await runProcess(name.process, (tools) => {
    const values = readOptions(options, { flags, environment: process.env });
    const listen = readListen(values);
    return start({ values, listen, ops: parseListen(values['ops-listen']), tools });
  });
}
