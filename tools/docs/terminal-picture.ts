// A terminal as a picture: lines with the colours of SGR codes become an SVG.

const COLUMN_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const FONT_SIZE = 14;
const MARGIN = 22;
const BAR_HEIGHT = 30;
const FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

const INK = '#d6deeb';
const FAINT = '#8b9bb0';
const COLOURS: { readonly [code: string]: string } = { '31': '#ff7b72', '32': '#7ee787' };

interface Ink {
  readonly colour: string;
  readonly isBold: boolean;
}

interface Run extends Ink {
  readonly column: number;
  readonly text: string;
}

const PLAIN: Ink = { colour: INK, isBold: false };

const ESCAPE = '\u001b[';

/** Pieces of a line, each in one colour, with where they stand. */
export function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let ink = PLAIN;
  let column = 0;
  for (const [i, piece] of line.split(ESCAPE).entries()) {
    const codesEnd = i === 0 ? 0 : piece.indexOf('m') + 1;
    if (codesEnd > 0) ink = inkAfter(piece.slice(0, codesEnd - 1), ink);
    const text = piece.slice(codesEnd);
    if (text.trim() !== '') runs.push({ ...ink, column, text });
    column += [...text].length;
  }
  return runs;
}

function inkAfter(codes: string, before: Ink): Ink {
  let { colour, isBold } = before;
  for (const code of codes.split(';')) {
    if (code === '' || code === '0') ({ colour, isBold } = PLAIN);
    else if (code === '1') isBold = true;
    else if (code === '2') colour = FAINT;
    else colour = COLOURS[code] ?? colour;
  }
  return { colour, isBold };
}

/**
 * Draws a terminal.
 *
 * @param title What the picture shows, for those who do not see it.
 */
export function terminalPicture(lines: readonly string[], title: string): string {
  const columns = Math.max(...lines.map((line) => [...plainText(line)].length));
  const width = Math.ceil(columns * COLUMN_WIDTH + 2 * MARGIN);
  const height = BAR_HEIGHT + lines.length * LINE_HEIGHT + MARGIN;
  const texts = lines.flatMap((line, i) => {
    const y = BAR_HEIGHT + (i + 1) * LINE_HEIGHT;
    return runsOf(line).map((run) => textElement(run, y));
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
    `  viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="10" fill="#0f1b2d"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (colour, i) => `<circle cx="${MARGIN + i * 18}" cy="18" r="5.5" fill="${colour}"/>`,
    ),
    `<g font-family="${FONT}" font-size="${FONT_SIZE}" xml:space="preserve">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Leading blanks are left out: where a text stands is its x. */
function textElement({ column, text, colour, isBold }: Run, y: number): string {
  const blanks = text.length - text.trimStart().length;
  const x = (MARGIN + (column + blanks) * COLUMN_WIDTH).toFixed(1);
  const weight = isBold ? ' font-weight="bold"' : '';
  const shown = escaped(text.trim());
  const length = ([...text.trim()].length * COLUMN_WIDTH).toFixed(1);
  const fit = `textLength="${length}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${x}" y="${y}" ${fit} fill="${colour}"${weight}>${shown}</text>`;
}

export function plainText(line: string): string {
  return runsOf(line).reduce((text, run) => text.padEnd(run.column) + run.text, '');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
