import type { Clock, Crypto, Random, Transport } from '@ward/protocol';
import type { Prompter, Terminal } from './terminal.ts';

/** A server that runs as a process of its own until it ends. */
export interface ServerRun {
  readonly kind: 'node' | 'vault' | 'custodian' | 'witness';
  readonly flags: readonly string[];
  readonly onReady: (where: { readonly origin: string; readonly opsOrigin: string | null }) => void;
}

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
  /** @returns The exit status of the server. */
  readonly runServer: (run: ServerRun) => Promise<number>;
}
