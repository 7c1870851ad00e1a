import { homedir } from 'node:os';
import type { Writable } from 'node:stream';
import type { Clock } from '@ward/protocol';
import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { Platform } from './frame/platform.ts';
import type { Choice, Prompter, Terminal } from './frame/terminal.ts';
import { runServer } from './servers/run-server.ts';

type Environment = { readonly [name: string]: string | undefined };

/** The world around this process. */
export async function nodePlatform(): Promise<Platform> {
  const environment: Environment = process.env;
  return {
    terminal: nodeTerminal(environment),
    prompter: CLACK_PROMPTER,
    environment,
    userFolder: homedir(),
    transport: (origin) => httpTransport(origin),
    crypto: await loadCrypto(),
    clock: movedClock(environment.WARD_CLOCK_OFFSET_MS),
    random: systemRandom,
    carrierDelayMsMax: readMilliseconds(environment.WARD_CARRIER_DELAY_MS),
    runServer,
  };
}

function readMilliseconds(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,14}$/.test(text) ? Number(text) : undefined;
}

/** A sandbox may live in another time. */
function movedClock(offset: string | undefined): Clock {
  const offsetMs = readMilliseconds(offset) ?? 0;
  return offsetMs === 0 ? systemClock : { nowMs: () => systemClock.nowMs() + offsetMs };
}

function nodeTerminal(environment: Environment): Terminal {
  const { stdin, stdout, stderr } = process;
  const mayColour = !environment.NO_COLOR && environment.TERM !== 'dumb';
  const mustColour = Boolean(environment.FORCE_COLOR) && environment.FORCE_COLOR !== '0';
  return {
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.isTTY ? stdout.columns : undefined,
    errorColumns: stderr.isTTY ? stderr.columns : undefined,
    colours: {
      output: mayColour && (stdout.isTTY || mustColour),
      error: mayColour && (stderr.isTTY || mustColour),
    },
    read: () => stdin,
    write: (output) => writeAll(stdout, output),
    writeError: (text) => {
      stderr.write(text);
    },
  };
}

/** Waits until the other end has taken it: a record may be larger than a pipe. */
function writeAll(stream: Writable, output: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(output, (error) => {
      // A reader that has left is no failure: see ward.ts.
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}

/** Loaded when there is something to ask; drawn on standard error. */
async function clack() {
  const prompts = await import('@clack/prompts');
  return { prompts, streams: { input: process.stdin, output: process.stderr } };
}

const CLACK_PROMPTER: Prompter = {
  async text(message) {
    const { prompts, streams } = await clack();
    const validate = (value: string | undefined) => (value ? undefined : 'Please say something');
    return answerOf(await prompts.text({ message, validate, ...streams }));
  },
  async secret(message) {
    const { prompts, streams } = await clack();
    return answerOf(await prompts.password({ message, ...streams }));
  },
  async confirm(message) {
    const { prompts, streams } = await clack();
    return answerOf(await prompts.confirm({ message, initialValue: false, ...streams }));
  },
  async choose(message, choices) {
    const { prompts, streams } = await clack();
    const options = optionsOf(choices);
    const index = answerOf(await prompts.select<number>({ message, options, ...streams }));
    return index === undefined ? undefined : choices[index]!.value;
  },
  async chooseMany(message, choices) {
    const { prompts, streams } = await clack();
    const initialValues = choices.flatMap(({ isChosen }, i) => (isChosen === true ? [i] : []));
    const options = optionsOf(choices);
    const question = { message, options, initialValues, required: true, ...streams };
    const indexes = answerOf(await prompts.multiselect<number>(question));
    return indexes?.map((index) => choices[index]!.value);
  },
};

/** What was answered; undefined where clack says that the person stopped. */
function answerOf<T>(answer: T): Exclude<T, symbol> | undefined {
  return typeof answer === 'symbol' ? undefined : (answer as Exclude<T, symbol>);
}

function optionsOf(choices: readonly Choice<unknown>[]) {
  return choices.map(({ label, hint }, value) => ({
    value,
    label,
    ...(hint === undefined ? {} : { hint }),
  }));
}
