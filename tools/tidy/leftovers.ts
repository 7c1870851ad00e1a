import { type Finding, perFile, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

/** Written in pieces, so that this file keeps the rule that it states. */
const joined = (...pieces: string[]) => pieces.join('');

const REMINDERS = new RegExp(`\\b(${['TO', 'FIX', 'HA', 'XX'].join('|')})(DO|ME|CK|X)\\b`);
const SILENCERS = new RegExp(`@ts-(${['ignore', 'nocheck'].join('|')})\\b`);

export const reminders: Rule = perFile(
  (file) => file.isCode,
  (file) =>
    file.parsed.comments
      .filter(({ value }) => REMINDERS.test(value) || SILENCERS.test(value))
      .map(({ value, start }) => ({
        path: file.path,
        line: file.lineAt(start),
        what: `a comment that puts work off: ${value.trim().slice(0, 40)}`,
      })),
);

/** Folders of one machine, hosts of registries, and how the work was done. */
const MACHINE = [
  new RegExp(`(^|[^\\w.@/-])/(${['wo', 'rk|ho', 'me|ro', 'ot|Us', 'ers|t', 'mp'].join('')})/`),
  new RegExp(joined('registry', '\\.np', 'mjs|npm', 'mirror|proxy\\.go', 'lang|pypi', '\\.org')),
  new RegExp(joined('\\b(sub', 'agent|clau', 'de|anthro', 'pic|chat', 'gpt|copi', 'lot)\\b'), 'i'),
];

/** A folder of another machine, as in a container, is not this machine's. */
function isExempt({ path }: SourceFile): boolean {
  return path === 'LICENSE' || path.startsWith('deploy/') || path.startsWith('vectors/');
}

export const machinePaths: Rule = perFile(
  (file) => !isExempt(file),
  ({ path, lines }) =>
    lines.flatMap((text, index): Finding[] =>
      MACHINE.some((pattern) => pattern.test(text))
        ? [{ path, line: index + 1, what: `names a machine, a registry or how work is done` }]
        : [],
    ),
);
