import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRoster } from '@ward/charts';
import {
  type Custodian,
  type CustodianHome,
  createCustodian,
  custodianInit,
  loadCustodianHome,
} from '@ward/custodian';
import { NetworkFile } from '@ward/ledger/schema';
import type { Crypto, Transport, TrustedBlock } from '@ward/protocol';
import { freeBytes, TrustedBlockFile } from '@ward/server';
import { createVault, loadVaultHome, type Vault, vaultInit } from '@ward/vault';
import { CustodyStage } from './custody-stage.ts';
import type { SampleChart } from './sample-chart.ts';
import { VaultStage } from './vault-stage.ts';

export const SERVER_KINDS = ['vault', 'custodian'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** Objects in the vault, and shares that the custodian has. */
const STORED = 5;

/**
 * The home of an organisation with a vault and a custodian that have run and stored something, new
 * for each test: the two are of two organisations of one network, whose node goes on.
 */
export class ServerHomes {
  readonly custody: CustodyStage;
  /** The chart of the vault's objects. */
  readonly chart: SampleChart;
  readonly #root: string;
  readonly #servers: Server[] = [];
  #count = 0;

  private constructor(custody: CustodyStage, root: string) {
    this.custody = custody;
    this.chart = custody.chart();
    this.#root = root;
  }

  static async start(crypto: Crypto): Promise<ServerHomes> {
    const root = mkdtempSync(join(tmpdir(), 'ward-homes-'));
    const homes = new ServerHomes(await CustodyStage.start(crypto), root);
    await homes.#makeVault();
    await homes.#makeCustodian();
    homes.renew();
    return homes;
  }

  /** The organisation's home of this test. */
  get clinic(): string {
    return join(this.#root, `${this.#count}`, 'clinic');
  }

  inside(kind: ServerKind, ...names: readonly string[]): string {
    return join(this.clinic, kind, ...names);
  }

  /** A new copy for another test. */
  renew(): void {
    this.#count++;
    for (const server of this.#servers.splice(0)) server.close();
    for (const kind of SERVER_KINDS) {
      cpSync(join(this.#root, kind), this.inside(kind), { recursive: true });
    }
  }

  async #makeVault(): Promise<void> {
    const { stage, vault } = this.custody;
    const { member } = vault;
    const { networkFile } = stage.node;
    const home = join(this.#root, 'vault');
    const serviceSeed = member.service.secretKey.slice(0, 32);
    await vaultInit({ organisation: member.id, networkFile, serviceSeed }, home);
    const own = await VaultStage.start(stage, member, { home, networkFile });
    const { chart } = this;
    await own.publish(chart.sign(), chart);
    const objects = Array.from({ length: STORED }, () => {
      return { kind: 'object', bytes: makeRoster([], chart.random) } as const;
    });
    await own.put(chart.chart, objects, stage.asOwner(chart, own.id));
    await own.close();
  }

  async #makeCustodian(): Promise<void> {
    const { stage, custodians } = this.custody;
    const { networkFile } = stage.node;
    const home = join(this.#root, 'custodian');
    const staged = custodians[0]!;
    const own: CustodianHome = {
      ...{ organisation: staged.member.id, account: staged.member.id, networkFile },
      serviceSeed: staged.member.service.secretKey.slice(0, 32),
      sealingSeed: staged.sealingSeed,
      receiptSeed: staged.receiptKey.secretKey.slice(0, 32),
    };
    await custodianInit(own, home);
    await staged.custodian.close();
    staged.custodian = await this.custody.open(staged, { home, networkFile });
    for (let n = 0; n < STORED; n++) await this.custody.deal(this.custody.chart(), 0);
    await staged.custodian.close();
  }

  /** What the doctor is given. */
  options(kind: ServerKind) {
    const { stage } = this.custody;
    return {
      ...{ home: this.inside(kind), crypto: stage.crypto, clock: stage.clock, freeBytes },
      ...{ connect: (origin: string) => stage.transport(origin), listens: [], ownOrigins: [] },
    };
  }

  /** Starts what has this home, by its own ways to servers or by others. */
  async open(
    kind: ServerKind,
    connect = (origin: string): Transport => this.custody.stage.transport(origin),
  ): Promise<Vault | Custodian> {
    return kind === 'vault' ? this.openVault(connect) : this.#openCustodian(connect);
  }

  async openVault(connect?: (origin: string) => Transport): Promise<Vault> {
    const home = this.inside('vault');
    const base = this.custody.stage.options(this.custody.vault.member);
    const ways = connect === undefined ? {} : { connect };
    return createVault({ ...base, ...(await loadVaultHome(home)), ...ways, home });
  }

  async #openCustodian(connect: (origin: string) => Transport): Promise<Custodian> {
    const home = this.inside('custodian');
    const { crypto, ...base } = this.custody.stage.options(this.custody.custodians[0]!.member);
    const own = await loadCustodianHome(home);
    const receiptKey = crypto.ed25519.keyPair(own.receiptSeed);
    return createCustodian({ ...base, ...own, crypto, receiptKey, connect, home });
  }

  changeNetwork(kind: ServerKind, changes: Partial<NetworkFile>): void {
    const path = this.inside(kind, 'network.json');
    const file = NetworkFile.fromJson(JSON.parse(readFileSync(path, 'utf8')));
    writeFileSync(path, JSON.stringify(NetworkFile.toJson({ ...file, ...changes })));
  }

  /** Puts another block into the place of the one that was believed last. */
  async changeTrust(
    kind: ServerKind,
    change: { header?: object; nextValidators?: TrustedBlock['nextValidators'] },
  ): Promise<void> {
    const { crypto } = this.custody.stage;
    const file = new TrustedBlockFile(this.inside(kind, 'trusted-block'), crypto);
    const trusted = (await file.load())!;
    const header = { ...trusted.header, ...change.header };
    await file.save({ ...trusted, ...change, header });
  }

  /** Port on which a server listens for the rest of the test. */
  listening(server: Server = createServer()): Promise<number> {
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  }

  /** All files of the home with their bytes, but for the lock, which whoever looks takes. */
  files(): [string, string][] {
    return readdirSync(this.clinic, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('lock'))
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'hex')]);
  }

  /** Alters some bytes of a file. */
  rot(path: string, offset = 0): void {
    writeFileSync(path, readFileSync(path).fill(0xff, offset, offset + 64));
  }

  async close(): Promise<void> {
    await this.custody.stop();
    for (const server of this.#servers) server.close();
    rmSync(this.#root, { recursive: true });
  }
}
