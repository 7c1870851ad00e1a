import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateOrganisation } from '@ward/ledger/schema';
import type { Crypto, Transport } from '@ward/protocol';
import type { VaultOptions } from '@ward/vault';
import type { SampleChart } from './sample-chart.ts';
import { ServerStage } from './server-stage.ts';
import { VaultStage } from './vault-stage.ts';

/** Where the vault of the other organisation is. */
export const OTHER_VAULT = 'memory://other-vault';

/** Vaults of one test file, in memory or with homes in a folder that goes when they close. */
export class VaultHomes {
  readonly stage: ServerStage;
  readonly folder: string;
  readonly #opened: VaultStage[] = [];
  #charts = 0;

  private constructor(stage: ServerStage, folder: string) {
    this.stage = stage;
    this.folder = folder;
  }

  /** A network of a provider, who runs the vaults, and a laboratory. */
  static async start(crypto: Crypto): Promise<VaultHomes> {
    const stage = await ServerStage.start(crypto, [['provider'], ['laboratory']]);
    return new VaultHomes(stage, await mkdtemp(join(tmpdir(), 'ward-vault-')));
  }

  /** A vault in memory. */
  async open(options: Partial<VaultOptions> = {}): Promise<VaultStage> {
    const vault = await VaultStage.start(this.stage, this.stage.ledger.provider, options);
    this.#opened.push(vault);
    return vault;
  }

  /** A vault in a home of its own. */
  openOnDisk(options: Partial<VaultOptions> = {}): Promise<VaultStage> {
    return this.open({ home: join(this.folder, `home-${this.#opened.length}`), ...options });
  }

  /** The vault of the laboratory, in memory; the ledger says where it is. */
  async openOther(): Promise<VaultStage> {
    const member = this.stage.ledger.members[2]!;
    const other = await VaultStage.start(this.stage, member);
    this.#opened.push(other);
    const profile = {
      ...{ organisation: member.id, name: 'Synthetic organisation', custodian: null },
      endpoints: { node: null, vault: OTHER_VAULT, custodian: null, inbox: null },
      sealingKey: new Uint8Array(1216),
    };
    await this.stage.submit(member, UpdateOrganisation, profile, 'officer');
    this.serveOther(other);
    return other;
  }

  /** From now on this vault answers where the other one is. */
  serveOther({ transport }: { readonly transport: Transport }): void {
    this.stage.serve(OTHER_VAULT, transport);
  }

  /** A chart of which no vault knows; another one each time. */
  chart(vault: VaultStage): SampleChart {
    return vault.chart(++this.#charts);
  }

  /** A chart that is published in a vault. */
  async publishedChart(vault: VaultStage): Promise<SampleChart> {
    const chart = this.chart(vault);
    await vault.publish(chart.sign(), chart);
    return chart;
  }

  async close(): Promise<void> {
    for (const vault of this.#opened) await vault.close();
    await this.stage.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
