import type { Clock, Crypto, Random, Transport } from '@ward/protocol';
import type { Prompter, Terminal } from './terminal.ts';

/** All that a command has of the world around it. */
export interface Platform {
  readonly terminal: Terminal;
  readonly prompter: Prompter;
  readonly environment: { readonly [name: string]: string | undefined };
  /** Folder of the user, in which `.ward` is. */
  readonly userFolder: string;
  readonly transport: (origin: string) => Transport;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly random: Random;
  /** See the sdk's `Connection`; its own where undefined. */
  readonly carrierDelayMsMax: number | undefined;
}
