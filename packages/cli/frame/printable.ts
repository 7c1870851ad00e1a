import width from 'fast-string-width';

/**
 * Signs that move the cursor, change colours or turn the direction of writing: C0, C1, line and
 * paragraph separators, bidirectional controls. What others wrote must not write over what we say.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text from outside, as one line that a terminal shows as it is. */
export function printable(text: string): string {
  return text.toWellFormed().replaceAll(/\s+/g, ' ').replaceAll(UNSAFE, '\ufffd');
}

/** Text of several lines from outside. */
export function printableLines(text: string): string {
  return text
    .toWellFormed()
    .split(/\r\n|\n/)
    .map((line) => line.replaceAll('\t', '  ').replaceAll(UNSAFE, '\ufffd'))
    .join('\n');
}

/** Columns that a text takes on a terminal. */
export function columnsOf(text: string): number {
  return width(text);
}

const ELLIPSIS = '…';

/** A text cut to so many columns. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let cut = '';
  let taken = 0;
  for (const sign of text) {
    const next = taken + columnsOf(sign);
    if (next > columns - 1) break;
    cut += sign;
    taken = next;
  }
  return cut + ELLIPSIS;
}

/** A text filled with blanks to so many columns. */
export function padTo(text: string, columns: number, isRight = false): string {
  const blanks = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return isRight ? blanks + text : text + blanks;
}

/** Lines of at most so many columns, broken between words; a word that is longer stays whole. */
export function wrapTo(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columnsOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
