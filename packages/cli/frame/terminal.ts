/** What a command has in front of it: a person at a terminal, or pipes. */
export interface Terminal {
  /** Somebody can be asked. */
  readonly isInteractive: boolean;
  /** Width of standard output; undefined where it is no terminal: then nothing is cut. */
  readonly columns: number | undefined;
  /** Colours on standard output, and on standard error. */
  readonly colours: { readonly output: boolean; readonly error: boolean };
  /** Width of standard error; undefined where it is no terminal: then there is no progress bar. */
  readonly errorColumns: number | undefined;
  /** Standard input, once. */
  read(): AsyncIterable<Uint8Array>;
  write(output: string | Uint8Array): Promise<void>;
  writeError(text: string): void;
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Asks the person at the terminal. Undefined: the person stopped the command. */
export interface Prompter {
  text(message: string): Promise<string | undefined>;
  secret(message: string): Promise<string | undefined>;
  confirm(message: string): Promise<boolean | undefined>;
  choose<T>(message: string, choices: readonly Choice<T>[]): Promise<T | undefined>;
  chooseMany<T>(
    message: string,
    choices: readonly (Choice<T> & { readonly isChosen?: boolean })[],
  ): Promise<readonly T[] | undefined>;
}
