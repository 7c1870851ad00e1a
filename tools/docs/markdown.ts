import { loadSources } from '../tidy/source-file.ts';

/** A piece of a document, with the line on which it stands, from 1. */
export interface Piece {
  readonly text: string;
  readonly line: number;
}

export interface Fence extends Piece {
  readonly language: string;
}

/** What tests look at in a Markdown document. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly fences: readonly Fence[];
  readonly inlineCode: readonly Piece[];
  /** Targets of links and pictures. */
  readonly links: readonly Piece[];
  /** What a link behind `#` may name. */
  readonly anchors: ReadonlySet<string>;
}

/** Every Markdown document of the repository. */
export function loadPages(): Page[] {
  const sources = loadSources().filter(({ path }) => path.endsWith('.md'));
  return sources.map(({ path, text }) => parsePage(path, text));
}

export function parsePage(path: string, text: string): Page {
  const fences: Fence[] = [];
  const inlineCode: Piece[] = [];
  const links: Piece[] = [];
  const anchors = new Set<string>();
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const mark = /^ *```(\S*)/.exec(line);
    if (open !== undefined) {
      if (mark === null) open.lines.push(line);
      else {
        fences.push({ language: open.language, line: open.line, text: open.lines.join('\n') });
        open = undefined;
      }
    } else if (mark !== null) open = { language: mark[1]!, line: i + 2, lines: [] };
    else readLine(line, i + 1, { inlineCode, links, anchors });
  }
  return { path, fences, inlineCode, links, anchors };
}

interface Found {
  readonly inlineCode: Piece[];
  readonly links: Piece[];
  readonly anchors: Set<string>;
}

function readLine(text: string, line: number, { inlineCode, links, anchors }: Found): void {
  for (const [, code] of text.matchAll(/`([^`]+)`/g)) inlineCode.push({ text: code!, line });
  const prose = text.replaceAll(/`[^`]+`/g, 'code');
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) links.push({ text: target!, line });
  const heading = /^#+ +(.*)$/.exec(text);
  if (heading !== null) anchors.add(anchorOf(heading[1]!));
}

/** The anchor that code hosts make of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}
