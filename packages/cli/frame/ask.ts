import { readFileSync } from 'node:fs';
import { type Word, word } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { onFiles } from './files.ts';
import type { Choice, Prompter } from './terminal.ts';

const PASSPHRASE_LETTERS_MIN = 12;
const PASSPHRASE_VARIABLE = 'WARD_PASSPHRASE';

export interface AskOptions {
  /** Somebody is there to answer. */
  readonly isInteractive: boolean;
  readonly prompter: Prompter;
  readonly environment: { readonly [name: string]: string | undefined };
}

/** Questions of a command. Each has a flag that answers it, for when nobody is there. */
export class Ask {
  readonly #options: AskOptions;

  constructor(options: AskOptions) {
    this.#options = options;
  }

  /** @throws WardError `FLAG_NEEDED`, `STOPPED`. */
  async #asked<T>(flag: Word, question: (prompter: Prompter) => Promise<T | undefined>) {
    const { isInteractive, prompter } = this.#options;
    if (!isInteractive) throw refuse('FLAG_NEEDED', { flag });
    const answer = await question(prompter);
    if (answer === undefined) throw refuse('STOPPED');
    return answer;
  }

  text(message: string, flag: Word): Promise<string> {
    return this.#asked(flag, (prompter) => prompter.text(message));
  }

  choose<T>(message: string, choices: readonly Choice<T>[], flag: Word): Promise<T> {
    return this.#asked(flag, (prompter) => prompter.choose(message, choices));
  }

  chooseMany<T>(
    message: string,
    choices: readonly (Choice<T> & { readonly isChosen?: boolean })[],
    flag: Word,
  ): Promise<readonly T[]> {
    return this.#asked(flag, (prompter) => prompter.chooseMany(message, choices));
  }

  /**
   * Goes on only if the person says yes, or said so with `--yes`.
   *
   * @throws WardError `NOT_CONFIRMED`, `FLAG_NEEDED`, `STOPPED`.
   */
  async confirm(message: string, { yes }: { readonly yes: boolean }): Promise<void> {
    if (yes) return;
    const isSure = await this.#asked(word('--yes'), (prompter) => prompter.confirm(message));
    if (!isSure) throw refuse('NOT_CONFIRMED');
  }

  /** A passphrase: from a file, the environment, or the person; never from the command line. */
  async passphrase(
    message: string,
    { file, isNew }: { readonly file: string | undefined; readonly isNew: boolean },
  ): Promise<string> {
    const given =
      file === undefined
        ? this.#options.environment[PASSPHRASE_VARIABLE]
        : onFiles(() => readFileSync(file, 'utf8')).replace(/\r?\n$/, '');
    const passphrase = given ?? (await this.#askPassphrase(message, isNew));
    if (isNew && [...passphrase].length < PASSPHRASE_LETTERS_MIN) {
      throw refuse('PASSPHRASE_WEAK', { lettersMin: PASSPHRASE_LETTERS_MIN });
    }
    return passphrase;
  }

  async #askPassphrase(message: string, isNew: boolean): Promise<string> {
    const flag = word('--passphrase-file');
    if (!this.#options.isInteractive) throw refuse('PASSPHRASE_MISSING', { flag });
    const first = await this.#asked(flag, (prompter) => prompter.secret(message));
    if (!isNew) return first;
    const second = await this.#asked(flag, (prompter) => prompter.secret('The same once more'));
    if (first !== second) throw refuse('PASSPHRASE_MISTYPED');
    return first;
  }
}
