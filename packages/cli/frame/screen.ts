import { styleText } from 'node:util';
import { columnsOf, padTo, wrapTo } from './printable.ts';
import { type Cell, type TableColumn, tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

export type Tone = 'good' | 'bad' | 'warning' | 'quiet' | 'strong';

const STYLES = {
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  quiet: 'dim',
  strong: 'bold',
} as const;

/** Paints texts where colours are on. */
export function painter(hasColours: boolean): (tone: Tone, text: string) => string {
  if (!hasColours) return (_, text) => text;
  return (tone, text) => styleText(STYLES[tone], text, { validateStream: false });
}

/** A name with its value; undefined: there is none, and nothing is said. */
export type Fact = readonly [name: string, value: string | undefined, tone?: Tone | undefined];

/** What a command shows to a person, collected, then written at once. */
export class Screen {
  readonly #pieces: (string | Uint8Array)[] = [];
  readonly #columns: number | undefined;
  readonly #paint: (tone: Tone, text: string) => string;
  readonly isTerminal: boolean;

  constructor({ columns, colours }: Pick<Terminal, 'columns' | 'colours'>) {
    this.#columns = columns;
    this.#paint = painter(colours.output);
    this.isTerminal = columns !== undefined;
  }

  get pieces(): readonly (string | Uint8Array)[] {
    return this.#pieces;
  }

  line(text = '', tone?: Tone): void {
    this.#pieces.push(`${tone === undefined ? text : this.#paint(tone, text)}\n`);
  }

  /** A text behind its head, over several lines where the terminal is narrow. */
  hanging(head: string, text: string, tone?: Tone): void {
    const indent = columnsOf(head);
    const lines = wrapTo(text, (this.#columns ?? Number.POSITIVE_INFINITY) - indent);
    for (const [i, line] of lines.entries()) {
      this.line((i === 0 ? head : ' '.repeat(indent)) + (tone ? this.#paint(tone, line) : line));
    }
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  /** A cell with a tone. */
  cell(tone: Tone, text: string): Cell {
    return { text, paint: (fitted) => this.#paint(tone, fitted) };
  }

  /** @param empty What is said when there are no rows. */
  table(head: readonly TableColumn[], rows: readonly Cell[][], empty: string): void {
    if (rows.length === 0) {
      this.line(empty, 'quiet');
      return;
    }
    const paintHead = (text: string) => this.#paint('quiet', text);
    for (const each of tableLines({ head, rows }, { columns: this.#columns, paintHead })) {
      this.line(each);
    }
  }

  /** Names with values, one a line; a value that is undefined is left out. */
  facts(pairs: readonly Fact[]): void {
    const said = pairs.filter(([, value]) => value !== undefined);
    const widest = Math.max(0, ...said.map(([name]) => columnsOf(name)));
    for (const [name, value, tone] of said) {
      const painted = tone === undefined ? value! : this.#paint(tone, value!);
      this.line(`${this.#paint('quiet', padTo(name, widest))}  ${painted}`);
    }
  }
}
