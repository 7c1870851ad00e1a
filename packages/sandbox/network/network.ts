import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { NetworkFile } from '@ward/ledger/schema';
import type { AccountId, Clock, Crypto, Ed25519KeyPair } from '@ward/protocol';
import type { OrganisationWard } from '@ward/sdk';
import {
  type HomeOptions,
  listStaffKeys,
  type OpenHome,
  openOrganisation,
  staffKeyPair,
} from '@ward/sdk/node';
import { MovedClock } from '@ward/server';
import { refuse } from './errors.ts';
import type { ServerKind } from './organisations.ts';
import { type SandboxFile, type SandboxMember, saveSandboxFile } from './sandbox-file.ts';
import type { ServerProcess } from './server-process.ts';

/** A member of staff of the sandbox, with the key that only they would have. */
export interface SandboxStaff {
  readonly name: string;
  readonly role: string;
  readonly keyPair: Ed25519KeyPair;
}

/** An organisation of a running sandbox. */
export interface SandboxOrganisation {
  readonly folder: string;
  readonly id: AccountId;
  /** Its home: `keys/`, `network.json` and the homes of its servers. */
  readonly home: string;
  /** The servers that it runs. */
  readonly servers: readonly ServerProcess[];
  readonly staff: readonly SandboxStaff[];
}

export interface NetworkParts {
  readonly home: string;
  readonly file: SandboxFile;
  readonly networkFile: NetworkFile;
  readonly servers: readonly ServerProcess[];
  readonly crypto: Crypto;
}

/** Servers end in this order, so that each can finish what it asks of those behind it. */
const STOP_ORDER: readonly ServerKind[] = ['custodian', 'vault', 'node'];

/** A whole network that runs on this machine. */
export class Network {
  readonly home: string;
  readonly networkFile: NetworkFile;
  organisations: readonly SandboxOrganisation[];
  /** Resolves when the network is closed, by whomever. */
  readonly closed: Promise<void>;
  readonly #crypto: Crypto;
  readonly #clock: MovedClock;
  #servers: readonly ServerProcess[];
  #file: SandboxFile;
  #closing: Promise<void> | undefined;
  #tellClosed!: () => void;

  constructor({ home, file, networkFile, servers, crypto }: NetworkParts) {
    this.home = home;
    this.networkFile = networkFile;
    this.#crypto = crypto;
    this.#file = file;
    this.#servers = servers;
    this.#clock = new MovedClock({ nowMs: () => Date.now() }, file.clockOffsetMs);
    this.organisations = file.organisations.map((member) => this.#organisationOf(member));
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  #organisationOf({ folder, id }: SandboxMember): SandboxOrganisation {
    const home = join(this.home, folder);
    return {
      ...{ folder, id, home },
      servers: this.#servers.filter(({ organisation }) => organisation === folder),
      staff: listStaffKeys(home).map((key) => ({
        ...{ name: key.name, role: key.role, keyPair: staffKeyPair(key, this.#crypto) },
      })),
    };
  }

  /** Takes in an organisation that came later, with its servers; they stop with the others. */
  adopt(member: SandboxMember, servers: readonly ServerProcess[]): SandboxOrganisation {
    this.#file = { ...this.#file, organisations: [...this.#file.organisations, member] };
    saveSandboxFile(this.home, this.#file);
    this.#servers = [...this.#servers, ...servers];
    const adopted = this.#organisationOf(member);
    this.organisations = [...this.organisations, adopted];
    return adopted;
  }

  /** The time of the sandbox, which all of its servers follow. */
  get clock(): Clock {
    return this.#clock;
  }

  get clockOffsetMs(): number {
    return this.#clock.offsetMs;
  }

  organisation(folder: string): SandboxOrganisation {
    const found = this.organisations.find((each) => each.folder === folder);
    if (found === undefined) throw new Error(`the sandbox has no ${folder}`);
    return found;
  }

  /**
   * Whether its time can be moved: that of one node can, while nodes of several organisations vote
   * on the time of every block by the clocks of their machines.
   */
  get hasOwnTime(): boolean {
    return this.#file.organisations.every(({ peer }) => peer === null);
  }

  /** Lets a time pass for everybody: at once where it can be moved, else by waiting. */
  async letPass(ms: number): Promise<void> {
    if (this.hasOwnTime) await this.moveClock(this.clockOffsetMs + ms);
    else await setTimeout(ms);
  }

  /** The custodians in the order of their organisations. */
  get custodians(): readonly ServerProcess[] {
    return this.#servers.filter(({ kind }) => kind === 'custodian');
  }

  get vaults(): readonly ServerProcess[] {
    return this.#servers.filter(({ kind }) => kind === 'vault');
  }

  get nodes(): readonly ServerProcess[] {
    return this.#servers.filter(({ kind }) => kind === 'node');
  }

  server(organisation: string, kind: ServerKind): ServerProcess {
    const found = this.organisation(organisation).servers.find((each) => each.kind === kind);
    if (found === undefined) throw new Error(`${organisation} runs no ${kind}`);
    return found;
  }

  /**
   * Opens the key service of an organisation over its home. One at a time: a home is locked.
   *
   * @param options What differs from the usual: another network file, a watch on lies.
   */
  openOrganisation(
    folder: string,
    options: Partial<HomeOptions> = {},
  ): Promise<OpenHome<OrganisationWard>> {
    const { home: path } = this.organisation(folder);
    const { clock } = this;
    return openOrganisation({
      ...{ path, clock, crypto: this.#crypto, carrierDelayMsMax: 0 },
      ...options,
    });
  }

  /**
   * Lets time pass for everybody: moves the clock of every server and of this process, and returns
   * when the ledger shows the new time.
   *
   * @param offsetMs Distance from the time of this machine; it never becomes smaller.
   * @throws WardError `SANDBOX_CLOCK_BACKWARDS`, `SANDBOX_CLOCK_REAL`.
   */
  async moveClock(offsetMs: number): Promise<void> {
    if (!this.hasOwnTime) throw refuse('SANDBOX_CLOCK_REAL');
    checkForward(this.clockOffsetMs, offsetMs);
    // Before the servers hear of it: after a crash none of them may be ahead of the file.
    this.#file = { ...this.#file, clockOffsetMs: offsetMs };
    saveSandboxFile(this.home, this.#file);
    this.#clock.offsetMs = offsetMs;
    await Promise.all(this.#servers.map((server) => server.moveClock(offsetMs)));
  }

  /** Stops all servers in order; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#stopAll().finally(this.#tellClosed);
    return this.#closing;
  }

  async #stopAll(): Promise<void> {
    for (const kind of STOP_ORDER) {
      const servers = this.#servers.filter((server) => server.kind === kind);
      await Promise.all(servers.map((server) => server.stop()));
    }
  }
}

/** @throws WardError `SANDBOX_CLOCK_BACKWARDS`. */
export function checkForward(offsetMs: number, wantedMs: number): void {
  if (wantedMs < offsetMs) throw refuse('SANDBOX_CLOCK_BACKWARDS', { offsetMs, wantedMs });
}
