import { custodianInit } from '@ward/custodian';
import type { Transport } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import { type ChildServer, startChildServer } from './child-server.ts';
import type { CustodyStage } from './custody-stage.ts';
import { type HttpBridge, openHttpBridge } from './http-bridge.ts';

const PROGRAM = new URL(import.meta.resolve('@ward/custodian/main'));
/** The stage's clock stands still; that of a process runs, and begins a little behind it. */
const BEHIND_MS = 5000;

/** The first custodian of a stage as a process of its own, over HTTP. */
export class CustodianProcess {
  readonly #custody: CustodyStage;
  readonly #home: string;
  readonly #bridges: HttpBridge[];
  /** Answers in place of the vault; a test may put another there. */
  vault: Transport;
  server: ChildServer | undefined;

  private constructor(custody: CustodyStage, home: string, bridges: HttpBridge[]) {
    this.#custody = custody;
    this.#home = home;
    this.#bridges = bridges;
    this.vault = custody.vault.transport;
  }

  /** Makes its home and opens the ways to node and vault; it is not started yet. */
  static async make(custody: CustodyStage, home: string): Promise<CustodianProcess> {
    const { stage, vault } = custody;
    const made = new CustodianProcess(custody, home, []);
    const [node, store] = await Promise.all([
      openHttpBridge(stage.node.transport),
      openHttpBridge({
        name: 'vault',
        send: (request, options) => made.vault.send(request, options),
      }),
    ]);
    made.#bridges.push(node, store);
    stage.serve(store.origin, vault.transport);
    const endpoints = { node: null, vault: store.origin, custodian: null, inbox: null };
    await custody.update(vault.member, { endpoints });
    // A request that is signed before a server started may have been seen already: it is refused.
    await stage.pass(60);
    const { member, sealingSeed, receiptKey } = custody.custodians[0]!;
    const own = {
      ...{ organisation: member.id, account: member.id, sealingSeed },
      networkFile: { ...stage.node.networkFile, nodes: [node.origin] },
      serviceSeed: member.service.secretKey.slice(0, 32),
      receiptSeed: receiptKey.secretKey.slice(0, 32),
    };
    await custodianInit(own, home);
    return made;
  }

  /** Where its clock must be set. */
  get offsetMs(): number {
    return this.#custody.stage.now * 1000 - Date.now() - BEHIND_MS;
  }

  /** Starts it; from now on the stage's first custodian is this one. */
  async start(flags: readonly string[] = ['--home', this.#home]): Promise<ChildServer> {
    const environment = {
      ...{ WARD_CLOCK_OFFSET_MS: String(this.offsetMs), WARD_LOG_LEVEL: 'debug' },
    };
    const server = await startChildServer({ program: PROGRAM, flags, environment });
    const { origin } = this.#custody.custodians[0]!;
    this.#custody.stage.serve(origin, httpTransport(server.origin));
    this.server = server;
    return server;
  }

  async close(): Promise<void> {
    await this.server?.kill();
    for (const bridge of this.#bridges) await bridge.close();
  }
}
