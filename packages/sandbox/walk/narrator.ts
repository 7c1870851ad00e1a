import type { WalkListener } from './run-walk.ts';
import type { Step, StepResult } from './step.ts';

const WIDTH_MAX = 100;
const BAR_WIDTH = 24;
const INDENT = '      ';

/** Where the narrator writes, and what that can show. */
export interface Stage {
  write(text: string): void;
  readonly columns: number;
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
}

/** Tells the walk aloud: a line for each step, what was proved, and how long it took. */
export class Narrator implements WalkListener {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  begin({ number, title }: Step): void {
    if (this.#stage.isTerminal) this.#transient(`${place(number)}${title} …`);
  }

  progress({ number }: Step, text: string, share?: number): void {
    if (!this.#stage.isTerminal) return;
    const shown = share === undefined ? '' : `${bar(share)} `;
    this.#transient(`${place(number)}${shown}${text} …`);
  }

  end({ step, title, held, proof, details, durationMs }: StepResult): void {
    const mark = held ? this.#paint('✔', '32') : this.#paint('✘', '31');
    if (this.#stage.isTerminal) this.#stage.write('\r\u001b[K');
    const time = duration(durationMs);
    const heading = wrap(title, this.#width - time.length - 2);
    const lines = heading.map((line, index) => {
      const before = index === 0 ? `${mark} ${place(step)}` : INDENT;
      const after = index === heading.length - 1 ? `  ${this.#paint(time, '2')}` : '';
      return `${before}${this.#paint(line, '1')}${after}`;
    });
    for (const line of wrap(proof, this.#width)) lines.push(`${INDENT}${line}`);
    for (const detail of details) {
      const [first, ...rest] = wrap(detail, this.#width - 2);
      lines.push(this.#paint(`${INDENT}· ${first}`, '2'));
      for (const line of rest) lines.push(this.#paint(`${INDENT}  ${line}`, '2'));
    }
    this.#stage.write(`${lines.join('\n')}\n`);
  }

  /** A line that the next one replaces. */
  #transient(text: string): void {
    this.#stage.write(`\r\u001b[K  ${text.slice(0, this.#stage.columns - 3)}`);
  }

  get #width(): number {
    return Math.min(this.#stage.columns, WIDTH_MAX) - INDENT.length;
  }

  #paint(text: string, code: string): string {
    return this.#stage.hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

function place(number: number): string {
  return `${String(number).padStart(2)}  `;
}

/** A share of the whole as a bar and a percentage. */
function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR_WIDTH);
  const percent = `${Math.round(share * 100)} %`.padStart(5);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}${percent}`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
