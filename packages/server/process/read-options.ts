import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Word, word } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { ListenOptions } from '../start-server.ts';
import { loadConfigFile } from './config-file.ts';

/** What the text of an option looks like; any text unless told. */
export type OptionForm = 'text' | 'listen' | 'count';

/** One option of a process. */
export interface ProcessOption {
  /** Value when nothing is given; undefined: it must be given. */
  readonly fallback?: string;
  /** What it is, for `--help`. */
  readonly help: string;
  /** May be given several times, or separated by commas. */
  readonly many?: boolean;
  readonly form?: OptionForm;
}

export type Options = { readonly [name: string]: ProcessOption };
export type OptionValues<O extends Options> = { readonly [N in keyof O]: string };

/** Where a value comes from; the first that has it counts. */
export const OPTION_SOURCES = ['flag', 'environment', 'file', 'default'] as const;
export type OptionSource = (typeof OPTION_SOURCES)[number];

/** The value of one option, and where it was given. */
export interface ReadOption {
  readonly name: string;
  readonly value: string;
  readonly from: OptionSource;
}

/** `node-origin` is asked for in `WARD_NODE_ORIGIN`. */
export function variableOf(name: string): string {
  return `WARD_${name.toUpperCase().replaceAll('-', '_')}`;
}

export interface OptionSources {
  readonly flags: readonly string[];
  readonly environment: { readonly [name: string]: string | undefined };
}

/** File in a home that is read where `--config` names none. */
export const CONFIG_FILE = 'config.json';

/**
 * Options of a process: a flag (`--listen`) before a variable (`WARD_LISTEN`), before a file that a
 * variable names (`WARD_LISTEN_FILE`), before the configuration file, before the fallback.
 *
 * @throws WardError `OPTION_INVALID`, `CONFIG_INVALID`, `CONFIG_KEY_UNKNOWN`.
 */
export function readOptions<const O extends Options>(
  options: O,
  sources: OptionSources,
): OptionValues<O> {
  const values = explainOptions(options, sources).map(({ name, value }) => [name, value]);
  return Object.fromEntries(values) as OptionValues<O>;
}

/**
 * The same, with where each value was given.
 *
 * @throws WardError as {@link readOptions}.
 */
export function explainOptions(options: Options, sources: OptionSources): ReadOption[] {
  const given = parseFlags(options, sources.flags);
  const near = (name: string) => nearValue(name, given, sources.environment);
  const file = configOf(options, near);
  return Object.entries(options).map(([name, option], position) => {
    const first = near(name);
    if (first !== undefined) return { name, ...first };
    const inFile = file[name];
    if (inFile !== undefined) return { name, value: inFile, from: 'file' };
    if (option.fallback === undefined) throw refuse('OPTION_INVALID', { option: position });
    return { name, value: option.fallback, from: 'default' };
  });
}

/** What a flag or the environment says. */
function nearValue(
  name: string,
  flags: { readonly [name: string]: string },
  environment: OptionSources['environment'],
): Omit<ReadOption, 'name'> | undefined {
  const variable = variableOf(name);
  const flag = flags[name];
  if (flag !== undefined) return { value: flag, from: 'flag' };
  const value = environment[variable] ?? readIfNamed(environment[`${variable}_FILE`]);
  return value === undefined ? undefined : { value, from: 'environment' };
}

/** The file that `--config` names, which must be there, or the one in the home, if it is. */
function configOf(
  options: Options,
  near: (name: string) => { readonly value: string } | undefined,
): { readonly [name: string]: string } {
  const home = near('home')?.value;
  const named = options.config === undefined ? '' : (near('config')?.value ?? '');
  if (named !== '') return loadConfigFile(named, options, { isNeeded: true });
  if (options.config === undefined || home === undefined) return {};
  return loadConfigFile(join(home, CONFIG_FILE), options, { isNeeded: false });
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
    `${command}: options, each also as ${variableOf('name')} in the environment, and in the`,
    `configuration file, ${CONFIG_FILE} of the home unless --config names one`,
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
  config: { help: 'Configuration file, in place of the one in the home', fallback: '' },
  listen: { help: 'Host and port of the HTTP API', fallback: '127.0.0.1:0', form: 'listen' },
  'public-origin': { help: 'How others reach the HTTP API', fallback: '' },
  proxies: {
    ...{ help: 'Proxies before it whose word on addresses counts', fallback: '0' },
    form: 'count',
  },
  'ops-listen': {
    ...{ help: 'Host and port of the operator door', fallback: '127.0.0.1:0' },
    form: 'listen',
  },
} as const satisfies Options;

type ListenValues = Pick<
  OptionValues<typeof SERVER_OPTIONS>,
  'listen' | 'public-origin' | 'proxies'
>;

/** Where to listen, as {@link SERVER_OPTIONS} say. @throws WardError `OPTION_INVALID`. */
export function readListen(values: ListenValues): ListenOptions {
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
