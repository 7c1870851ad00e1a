import type { Choice, Prompter, Terminal } from '@ward/cli';
import { concatBytes } from '@ward/protocol';

export interface MemoryTerminalOptions {
  /** What comes by standard input. */
  readonly input?: Uint8Array;
  /** Width; undefined: pipes. */
  readonly columns?: number;
  readonly hasColours?: boolean;
  /** Somebody is there to answer. */
  readonly isInteractive?: boolean;
}

/** A terminal that keeps what is written to it. */
export class MemoryTerminal implements Terminal {
  readonly isInteractive: boolean;
  readonly columns: number | undefined;
  readonly errorColumns: number | undefined;
  readonly colours: Terminal['colours'];
  readonly #input: Uint8Array;
  readonly #output: Uint8Array[] = [];
  errors = '';

  constructor(options: MemoryTerminalOptions = {}) {
    const {
      input = new Uint8Array(0),
      columns,
      hasColours = false,
      isInteractive = false,
    } = options;
    this.#input = input;
    this.columns = columns;
    this.errorColumns = columns;
    this.isInteractive = isInteractive;
    this.colours = { output: hasColours, error: hasColours };
  }

  async *read(): AsyncGenerator<Uint8Array> {
    yield this.#input;
  }

  async write(output: string | Uint8Array): Promise<void> {
    this.#output.push(typeof output === 'string' ? Buffer.from(output) : output);
  }

  writeError(text: string): void {
    this.errors += text;
  }

  get bytes(): Uint8Array {
    return concatBytes(...this.#output);
  }

  get text(): string {
    return Buffer.from(this.bytes).toString('utf8');
  }
}

/** What a scripted person answers: a text, yes or no, or the labels that are chosen. */
export type Answer = string | boolean | readonly string[] | undefined;

/** A person who answers from a list, in order, and keeps the questions. */
export class ScriptedPrompter implements Prompter {
  readonly #answers: Answer[];
  readonly questions: string[] = [];

  constructor(answers: readonly Answer[] = []) {
    this.#answers = [...answers];
  }

  #next(message: string): Answer {
    this.questions.push(message);
    if (this.#answers.length === 0) throw new Error(`nobody answers: ${message}`);
    return this.#answers.shift();
  }

  async text(message: string): Promise<string | undefined> {
    return this.#next(message) as string | undefined;
  }

  async secret(message: string): Promise<string | undefined> {
    return this.#next(message) as string | undefined;
  }

  async confirm(message: string): Promise<boolean | undefined> {
    return this.#next(message) as boolean | undefined;
  }

  async choose<T>(message: string, choices: readonly Choice<T>[]): Promise<T | undefined> {
    const label = this.#next(message) as string | undefined;
    return label === undefined ? undefined : chosen(choices, label);
  }

  async chooseMany<T>(
    message: string,
    choices: readonly Choice<T>[],
  ): Promise<readonly T[] | undefined> {
    const labels = this.#next(message) as readonly string[] | undefined;
    return labels?.map((label) => chosen(choices, label));
  }
}

function chosen<T>(choices: readonly Choice<T>[], label: string): T {
  const found = choices.find((choice) => choice.label.startsWith(label));
  if (found === undefined) {
    throw new Error(`${label} is none of ${choices.map((each) => each.label).join(', ')}`);
  }
  return found.value;
}
