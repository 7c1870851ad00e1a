import { type Json, WardError } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { GlobalOptions } from './global-options.ts';
import { printable, printableLines, wrapTo } from './printable.ts';
import { painter } from './screen.ts';
import type { Terminal } from './terminal.ts';

const INDENT = '  ';
const NEXT = 'Next: ';

/** What a program reads of a failure. */
export function errorJson(error: unknown): Json {
  const { code, data, kind, docs } = known(error);
  return { error: { code, text: kind.text, next: kind.next, data: { ...data }, docs } };
}

/** Tells a person what went wrong, and what to do next. */
export function reportError(
  error: unknown,
  terminal: Terminal,
  { debug }: Pick<GlobalOptions, 'debug'>,
): void {
  const paint = painter(terminal.colours.error);
  const { code, data, kind } = known(error);
  const columns = terminal.errorColumns ?? Number.POSITIVE_INFINITY;
  // Wrapped before it is painted: what paints takes no columns.
  const wrapped = (text: string) => wrapTo(text, columns - INDENT.length).join(`\n${INDENT}`);
  const said = wrapped(`${code}: ${kind.text}`).slice(code.length);
  const lines = [...helpLines(error), `${paint('bad', code)}${said}`];
  const fields = Object.entries(data).map(([name, value]) => `${name}: ${printable(`${value}`)}`);
  if (fields.length > 0) lines.push(INDENT + wrapped(fields.join(', ')));
  lines.push(...causeLines(error).map((line) => INDENT + wrapped(line)));
  lines.push(`${INDENT}${paint('strong', NEXT)}${wrapped(NEXT + kind.next).slice(NEXT.length)}`);
  if (debug && error instanceof Error) lines.push(printableLines(stackOf(error)));
  terminal.writeError(`${lines.join('\n')}\n`);
}

function known(error: unknown): WardError {
  return error instanceof WardError ? error : refuse('SOFTWARE_FAULT');
}

/** Who names no verb is shown which there are. */
function helpLines(error: unknown): string[] {
  const { help } = (causeOf(error) ?? {}) as { readonly help?: string };
  return help === undefined ? [] : [...help.split('\n'), ''];
}

function causeOf(error: unknown): unknown {
  return error instanceof WardError ? (error as { readonly cause?: unknown }).cause : undefined;
}

/** What the system or the parser said, in its own words. */
function causeLines(error: unknown): string[] {
  const cause = causeOf(error);
  if (!(cause instanceof Error)) return [];
  const deepest = cause.cause instanceof Error ? cause.cause : cause;
  return printableLines(deepest.message).split('\n').filter(Boolean);
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own;
}
