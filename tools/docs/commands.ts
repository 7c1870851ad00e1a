import type { Fence, Page } from './markdown.ts';

/** A command that a document tells its reader to type. */
export interface DocumentedCommand {
  readonly text: string;
  /** `path:line`. */
  readonly place: string;
}

const SHELLS = new Set(['sh', 'bash', 'console']);
/** How a command begins that stands in a sentence. */
const BEGINNINGS = [
  'npm (start|test|run|install|pack|ci)\\b',
  'npx ',
  'node \\S+\\.m?[tj]s',
  'ward [a-z]',
  'curl ',
  '\\.ci/run$',
  '(bash )?tools/\\S+\\.sh',
];
const INLINE = new RegExp(`^(${BEGINNINGS.join('|')})`);

/** Every command of a document, in its order. */
export function commandsOf({ path, fences, inlineCode }: Page): DocumentedCommand[] {
  const shell = fences.filter(({ language }) => SHELLS.has(language));
  return [
    ...shell.flatMap((fence) => commandsIn(fence).map((piece) => ({ ...piece, path }))),
    ...inlineCode.filter(({ text }) => INLINE.test(text)).map((piece) => ({ ...piece, path })),
  ].map(({ text, line }) => ({ text, place: `${path}:${line}` }));
}

/** The commands of a block: comments and what a console answers are left out. */
function commandsIn({ language, text, line: first }: Fence): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  let isContinued = false;
  for (const [i, raw] of text.split('\n').entries()) {
    const isTyped = language !== 'console' || raw.startsWith('$ ');
    if (!isTyped && !isContinued) continue;
    const line = raw
      .replace(/^\$ /, '')
      .replace(/(^|\s)# .*$/, '')
      .trim();
    const whole = line.replace(/ ?\\$/, '');
    if (isContinued) found.at(-1)!.text += ` ${whole}`;
    else if (line !== '') found.push({ text: whole, line: first + i });
    isContinued = line.endsWith('\\');
  }
  return found;
}
