import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Word, word } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { ListenOptions } from '../start-server.ts';

/** One option of a process. */
export interface ProcessOption {
  /** Value when nothing is given; undefined: it must be given. */
  readonly fallback?: string;
  /** What it is, for `--help`. */
  readonly help: string;
  /** May be given several times, or separated by commas. */
  readonly many?: boolean;
}

type Options = { readonly [name: string]: ProcessOption };
export type OptionValues<O extends Options> = { readonly [N in keyof O]: string };

/** `node-origin` is asked for in `WARD_NODE_ORIGIN`. */
function variableOf(name: string): string {
  return `WARD_${name.toUpperCase().replaceAll('-', '_')}`;
}

export interface OptionSources {
  readonly flags: readonly string[];
  readonly environment: { readonly [name: string]: string | undefined };
}

/**
 * Options of a process: a flag (`--home`) before a variable (`WARD_HOME`), before a file that a
 * variable names (`WARD_HOME_FILE`), before the fallback.
 *
 * @throws WardError `OPTION_INVALID`.
 */
export function readOptions<const O extends Options>(
  options: O,
  { flags, environment }: OptionSources,
): OptionValues<O> {
  const given = parseFlags(options, flags);
  const values: { [name: string]: string } = {};
  for (const [position, [name, option]] of Object.entries(options).entries()) {
    const variable = variableOf(name);
    const value =
      given[name] ??
      environment[variable] ??
      readIfNamed(environment[`${variable}_FILE`]) ??
      option.fallback;
    if (value === undefined) throw refuse('OPTION_INVALID', { option: position });
    values[name] = value;
  }
  return values as OptionValues<O>;
}

function parseFlags(options: Options, flags: readonly string[]): { [name: string]: string } {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { many = false }]) => [
      name,
      { type: 'string' as const, multiple: many },
    ]),
  );
  try {
    const { values } = parseArgs({ args: [...flags], options: known, strict: true });
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, [value].flat().join(',')]),
    );
  } catch {
    throw refuse('OPTION_INVALID', { option: word('unknown') });
  }
}

function readIfNamed(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8').trim();
}

/** What `--help` prints. */
export function helpText(command: Word, options: Options): string {
  const lines = Object.entries(options).map(
    ([name, { help, fallback }]) =>
      `  --${name.padEnd(16)} ${help}${fallback === undefined ? '' : ` (${fallback || 'none'})`}`,
  );
  return [
    `${command}: options, each also as ${variableOf('name')} in the environment`,
    ...lines,
  ].join('\n');
}

/** `127.0.0.1:8080` or `[::1]:0`. @throws WardError `OPTION_INVALID`. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw refuse('OPTION_INVALID', { option: word('listen') });
  return { host: match[1] ?? match[2]!, port };
}

/** Options of every process that listens. */
export const SERVER_OPTIONS = {
  listen: { help: 'Host and port of the HTTP API', fallback: '127.0.0.1:0' },
  'public-origin': { help: 'How others reach the HTTP API', fallback: '' },
  proxies: { help: 'Proxies before it whose word on addresses counts', fallback: '0' },
  'ops-listen': { help: 'Host and port of the operator door', fallback: '127.0.0.1:0' },
};

/** Where to listen, as {@link SERVER_OPTIONS} say. @throws WardError `OPTION_INVALID`. */
export function readListen(values: OptionValues<typeof SERVER_OPTIONS>): ListenOptions {
  const publicOrigin = values['public-origin'];
  const proxies = Number(values.proxies);
  if (!Number.isSafeInteger(proxies) || proxies < 0) {
    throw refuse('OPTION_INVALID', { option: word('proxies') });
  }
  return {
    ...parseListen(values.listen),
    proxies,
    ...(publicOrigin === '' ? {} : { publicOrigin }),
  };
}
